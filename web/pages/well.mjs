// The sentence below "Status" on the start page, made of the parts in /ready.

function listed(names) {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/// `ready`: an answer of /ready, also that of 503. Returns {well, words}; without an answer `well` is false.
export function wellness(ready) {
  if (!Array.isArray(ready?.parts)) return {well: false, words: 'The program does not answer.'};
  const troubled = ready.parts.filter(({state}) => state === 'degraded' || state === 'down');
  if (troubled.length === 0) return {well: true, words: 'OK: every part of the program works.'};
  const own = troubled.filter((part) => !(part.waits_for?.length > 0));
  const waiting = troubled.filter((part) => part.waits_for?.length > 0);
  const waitedFor = [...new Set(waiting.flatMap((part) => part.waits_for))];
  const causes = own.map(({name, state, reason}) => `${name} is ${state}${reason ? `: ${reason}` : ''}`);
  const others = waiting.length === 0 ? '' :
    `; ${listed(waiting.map(({name}) => name))} ${waiting.length > 1 ? 'wait' : 'waits'} for ${listed(waitedFor)}`;
  const intake = troubled.some(({state}) => state === 'down') ?
    ' No file can be accepted now.' : ' Files that are sent are accepted and kept.';
  return {well: false, words: `Trouble: ${causes.join('; ')}${others}.${intake}`};
}
