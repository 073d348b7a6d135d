// node --test web/pages/well_test.mjs: the sentence below "Status" on the start page.
import assert from 'node:assert/strict';
import {test} from 'node:test';

import {wellness} from './well.mjs';

const part = (name, state, reason = null, waits_for = []) => ({name, state, reason, since: null, waits_for});

test('Parts that are well, or off, are well', () => {
  const {well, words} = wellness({parts: [part('catalog', 'ok'), part('folder', 'off', 'WATCH_PATH is not set')]});
  assert.equal(well, true);
  assert.equal(words, 'OK: every part of the program works.');
});

test('A part that is not well is named with its reason', () => {
  const {well, words} = wellness({parts: [part('catalog', 'ok'), part('orthanc', 'degraded', 'not reachable')]});
  assert.equal(well, false);
  assert.equal(words, 'Trouble: orthanc is degraded: not reachable. Files that are sent are accepted and kept.');
});

test('A part that only waits for another one has no reason of its own', () => {
  const {words} = wellness({
    parts: [
      part('catalog', 'degraded', 'PostgreSQL: no'), part('lanes', 'degraded', 'ingest: PostgreSQL: no', ['catalog']),
      part('folder', 'degraded', 'PostgreSQL: no', ['catalog']), part('broker', 'degraded'),
    ],
  });
  assert.equal(words, 'Trouble: catalog is degraded: PostgreSQL: no; broker is degraded; lanes and folder wait for catalog. ' +
    'Files that are sent are accepted and kept.');
});

test('A part that is down stops intake', () => {
  const {words} = wellness({status: 503, parts: [part('inbox', 'down', 'the disk is full')]});
  assert.equal(words, 'Trouble: inbox is down: the disk is full. No file can be accepted now.');
});

test('An answer without parts is none', () => {
  for (const answer of [null, {}, {detail: 'this page is not for you'}]) assert.equal(wellness(answer).well, false);
});
