/** Passes on what is typed, but for "~." at the beginning of a line, which leaves (as in ssh; "~~" types one "~"). */
export function leavingKeys({
  type,
  leave,
}: {
  readonly type: (text: string) => void;
  readonly leave: () => void;
}): (text: string) => void {
  let isAtBeginning = true;
  let isHeld = false;
  return (text) => {
    let passed = '';
    for (const character of text) {
      if (isHeld) {
        isHeld = false;
        if (character === '.') {
          if (passed !== '') type(passed);
          return leave();
        }
        passed += character === '~' ? '~' : `~${character}`;
        isAtBeginning = character === '\r';
      } else if (isAtBeginning && character === '~') isHeld = true;
      else {
        passed += character;
        isAtBeginning = character === '\r';
      }
    }
    if (passed !== '') type(passed);
  };
}
