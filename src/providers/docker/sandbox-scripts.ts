import { RUN_IN_CHECKOUT, TAKE_VARIABLES } from '../local/sandbox-variables.js';
import { DOOR, DOOR_SOCKET, EGRESS, EGRESS_SOCKET, PORT_PROGRAM, PORTS_SOCKET } from './sandbox-view.js';

/** Of the sandbox's own loopback, which nobody else is on. */
const AGENT_PORT = 2468;
const PROXY_PORT = 3128;
export const PROXY = `http://127.0.0.1:${PROXY_PORT}`;

/** What programs of a sandbox with a way out reach: the service's proxy, behind a socket. */
const WAY_OUT = `socat -t 30 TCP4-LISTEN:${PROXY_PORT},bind=127.0.0.1,fork,reuseaddr UNIX-CONNECT:${EGRESS}/${EGRESS_SOCKET} &`;
/** And how the service reaches the agent server: a socket in a folder that it reads. */
const DOOR_TO_AGENT = `socat UNIX-LISTEN:${DOOR}/${DOOR_SOCKET},fork,unlink-early,mode=0600,backlog=128 TCP4:127.0.0.1:${AGENT_PORT} &`;

const DOOR_TO_PORTS = `socat UNIX-LISTEN:${DOOR}/${PORTS_SOCKET},fork,unlink-early,mode=0600,backlog=128 EXEC:'/bin/sh ${PORT_PROGRAM}' &`;

/**
 * The server has no token: it takes one from its arguments only, where everybody would see it. Who reaches it is either in the
 * sandbox, and could do all that it can, or the service.
 */
const SERVE = `exec sandbox-agent server --host 127.0.0.1 --port ${AGENT_PORT} --no-telemetry --no-token </dev/null`;

const AS_FIRST = ['tini', '--', '/bin/sh', '-c'];

/** Both take variables on standard input first: so their values are in nothing that the engine keeps or shows. */

/** The program of a sandbox, whose end ends all in it. */
export function serveAgent(hasWayOut: boolean): string[] {
  const doors = [...(hasWayOut ? [WAY_OUT] : []), DOOR_TO_AGENT, DOOR_TO_PORTS];
  return [...AS_FIRST, [TAKE_VARIABLES, ...doors, SERVE].join('\n')];
}

/** The program of a setup. */
export function runCommand(hasWayOut: boolean, command: readonly string[]): string[] {
  return [
    ...AS_FIRST,
    [TAKE_VARIABLES, ...(hasWayOut ? [WAY_OUT] : []), RUN_IN_CHECKOUT].join('\n'),
    'slipway-setup',
    ...command,
  ];
}
