// What the start page says to "Is all well?": one sentence from what /ready tells of the parts.

function listed(names) {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/// `ready`: an answer of /ready, also that of 503. Returns {well, words}; nothing is well that cannot be told.
export function wellness(ready) {
  if (!Array.isArray(ready?.parts)) return {well: false, words: 'No: the program does not answer.'};
  const troubled = ready.parts.filter(({state}) => state === 'degraded' || state === 'down');
  if (troubled.length === 0) return {well: true, words: 'Yes, every part of the program is well.'};
  const own = troubled.filter((part) => !(part.waits_for?.length > 0));
  const waiting = troubled.filter((part) => part.waits_for?.length > 0);
  const waitedFor = [...new Set(waiting.flatMap((part) => part.waits_for))];
  const causes = own.map(({name, state, reason}) => `${name} is ${state}${reason ? `: ${reason}` : ''}`);
  const others = waiting.length === 0 ? '' :
    `; ${listed(waiting.map(({name}) => name))} ${waiting.length > 1 ? 'wait' : 'waits'} for ${listed(waitedFor)}`;
  const intake = troubled.some(({state}) => state === 'down') ?
    ' Nothing can be taken in now.' : ' What is sent is taken in and kept.';
  return {well: false, words: `No, ${causes.join('; ')}${others}.${intake}`};
}
