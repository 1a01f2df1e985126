import { useEffect, useState, type FormEvent } from 'react';
import { FAILURES, knownCode } from '../../../src/events/failure-codes.js';
import { findWays, loginAddress, signIn, type Ways } from '../api/sign-in.js';
import { Notice } from '../ui/notice.js';

/** Asks who one is where the service wants to know: a person at their provider, whoever has a token for that. */
export function SignInPage({ problem }: { problem: string | null }) {
  const [ways, setWays] = useState<Ways>();
  useEffect(() => {
    // A service that cannot say is one that takes tokens.
    findWays().then(setWays, () => setWays({ token: true, login: null }));
  }, []);
  return (
    <main id="main" className="page">
      <h1 tabIndex={-1}>Sign in</h1>
      {problem !== null && <Problem code={problem} />}
      {ways?.login && (
        <p>
          <a className="button primary" href={loginAddress(problem === 'login_not_permitted')}>
            Sign in with {ways.login.name}
          </a>
        </p>
      )}
      {ways !== undefined &&
        (ways.login === null ? (
          <TokenForm />
        ) : (
          <details>
            <summary>With an access token</summary>
            <TokenForm />
          </details>
        ))}
    </main>
  );
}

/** What went wrong at the last try, in words of ours: the address says no more than which. */
function Problem({ code }: { code: string }) {
  const { title, advice } = FAILURES[knownCode(code)];
  return <Notice title={title}>{advice}</Notice>;
}

function TokenForm() {
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    signIn(token.trim()).catch((error: unknown) => {
      setBusy(false);
      setProblem(error instanceof Error ? error.message : String(error));
    });
  };
  return (
    <form onSubmit={submit}>
      <label className="field">
        Access token
        <input
          type="password"
          value={token}
          onChange={(event) => setToken(event.target.value)}
          autoComplete="off"
          spellCheck={false}
          required
        />
      </label>
      <p className="quiet">
        Somebody who runs this service makes one with <code>slipway tokens create</code>. It is kept until
        this tab is closed.
      </p>
      {problem !== undefined && <p role="alert">{problem}</p>}
      <button type="submit" className="button primary" disabled={busy}>
        Sign in
      </button>
    </form>
  );
}
