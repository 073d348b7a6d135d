// node --test web/pages/upload_test.mjs: what a person would notice of an upload, without a browser.
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {Upload, itemsOfEntries, itemsOfFiles} from './upload.mjs';

function entryOfFile(fullPath) {
  return {isFile: true, fullPath, file: (resolve) => resolve(new Blob([fullPath]))};
}

/// As browsers give a folder: so many entries at a time, then none.
function entryOfFolder(fullPath, entries, partSize = 100) {
  return {
    isFile: false,
    fullPath,
    createReader() {
      let from = 0;
      return {
        readEntries(resolve) {
          resolve(entries.slice(from, from + partSize));
          from += partSize;
        },
      };
    },
  };
}

function files(count) {
  return itemsOfFiles(Array.from({length: count}, (_, i) => Object.assign(new Blob(['x']), {name: `${i}.dcm`})));
}

const taken = {status: 200, body: {kept: 1, refused: 0, new: 1, same: 0, set_aside: 0, results: [{reason: null}]}};
const full = {status: 503, pause: 10, body: {detail: 'the inbox is full'}};
const silence = {status: 0, pause: null, body: {}};

/// The sentence at the end, what was listed, and the pauses in between; `answers` in turn, the last one for ever.
async function bringIn(items, ...answers) {
  const pauses = [];
  const send = async () => (answers.length > 1 ? answers.shift() : answers[0]);
  const upload = new Upload({send, pause: async (seconds) => pauses.push(seconds)});
  await upload.add(items);
  await ended(upload);
  return {sentence: upload.tally.sentence(), troubles: upload.tally.troubles, pauses, upload};
}
async function ended(upload) {
  while (upload.running) await new Promise((resolve) => setImmediate(resolve));
}

test('a folder is walked to its end, and what is below it', async () => {
  const inner = Array.from({length: 250}, (_, i) => entryOfFile(`/study/series/${i}`));
  let chain = entryOfFolder('/deep', []);
  for (let i = 0; i < 20_000; ++i) chain = entryOfFolder('/deep', [chain]);
  const dropped = [entryOfFolder('/study', [entryOfFolder('/study/series', inner), entryOfFile('/study/one')]), chain];
  const names = [];
  for await (const item of itemsOfEntries([...dropped, entryOfFile('/alone.zip')])) names.push(item.name);
  assert.equal(names.length, 252);
  assert.equal(new Set(names).size, 252);
  assert.ok(names.includes('study/series/249'));
  assert.ok(names.includes('alone.zip'));
});

test('a folder that cannot be read is told', async () => {
  const closed = entryOfFolder('/closed', []);
  closed.createReader = () => ({readEntries: (_, reject) => reject(new Error('not allowed'))});
  const {sentence, troubles} = await bringIn(itemsOfEntries([closed, entryOfFile('/a')]), taken);
  assert.equal(sentence, '2 files: 1 new, 0 same, 0 dead letters, 1 refused.');
  assert.deepEqual(troubles, [
    {name: 'closed/', outcome: 'refused', reason: 'the browser cannot read it: not allowed'},
  ]);
});

test('four files are on their way at once, no more', async () => {
  let now = 0;
  let most = 0;
  const upload = new Upload({
    send: async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      --now;
      return taken;
    },
  });
  await upload.add(files(50));
  await ended(upload);
  assert.equal(most, 4);
  assert.equal(upload.tally.sentence(), '50 files: 50 new, 0 same, 0 dead letters, 0 refused.');
  assert.equal(upload.progress, 1);
});

test('a full inbox is waited for as long as it says', async () => {
  const {sentence, pauses, troubles} = await bringIn(files(1), ...Array(20).fill(full), taken);
  assert.deepEqual(pauses, Array(20).fill(10));
  assert.equal(sentence, '1 file: 1 new, 0 same, 0 dead letters, 0 refused.');
  assert.deepEqual(troubles, []);
});

test('a program that is away is given up after some tries', async () => {
  const {pauses, troubles} = await bringIn(files(1), silence);
  assert.equal(pauses.length, 4);
  assert.deepEqual(troubles, [{name: '0.dcm', outcome: 'refused', reason: 'the program does not answer'}]);
  const {sentence} = await bringIn(files(1), silence, silence, taken);
  assert.equal(sentence, '1 file: 1 new, 0 same, 0 dead letters, 0 refused.');
});

test('a refusal is told with the reason of the problem', async () => {
  const problem = {status: 422, body: {detail: 'not DICOM', errors: []}};
  assert.deepEqual((await bringIn(files(1), problem)).troubles, [{name: '0.dcm', outcome: 'refused', reason: 'not DICOM'}]);
});

test('an archive counts as its files', async () => {
  const body = {
    kept: 3, refused: 1, new: 1, same: 0, set_aside: 1,
    results: [
      {name: 'a', outcome: 'new', reason: null},
      {name: 'b', outcome: 'set_aside', reason: 'too deep'},
      {name: 'c', outcome: 'kept', reason: null},
      {name: 'd', outcome: 'refused', reason: 'not DICOM'},
    ],
  };
  const some = await bringIn(files(1), {status: 207, body});
  assert.equal(some.sentence, '4 files: 1 new, 0 same, 1 dead letter, 1 refused, 1 kept and not recorded yet.');
  assert.deepEqual(some.troubles.map(({name, outcome}) => `${name} ${outcome}`), ['0.dcm: b dead letter', '0.dcm: d refused']);
  const errors = [{parameter: 'x', detail: 'not DICOM'}, {parameter: 'y', detail: 'cut off'}];
  const none = await bringIn(files(1), {status: 422, body: {detail: 'none of the 2 files was kept', errors}});
  assert.equal(none.sentence, '2 files: 0 new, 0 same, 0 dead letters, 2 refused.');
  assert.deepEqual(none.troubles.map(({name}) => name), ['0.dcm: x', '0.dcm: y']);
});

test('thousands of refusals are counted, not all listed', async () => {
  const {sentence, upload} = await bringIn(files(3000), {status: 422, body: {detail: 'not DICOM'}});
  assert.equal(sentence, '3,000 files: 0 new, 0 same, 0 dead letters, 3,000 refused.');
  assert.equal(upload.tally.troubles.length, 1000);
  assert.equal(upload.tally.troublesUntold, 2000);
});

test('what is stopped is told as not sent', async () => {
  const upload = new Upload({
    send: (_, {signal}) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(silence))),
  });
  await upload.add(files(10));
  upload.stop();
  await ended(upload);
  assert.equal(upload.tally.sentence(upload.notSent), '0 files: 0 new, 0 same, 0 dead letters, 0 refused. Stopped: 10 not sent.');
});
