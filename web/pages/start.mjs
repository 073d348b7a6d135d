// The start page: whether all is well, and its part of an upload: what is dropped or chosen goes in, and how far it is
// comes out.
import {Upload, itemsOfEntries, itemsOfFiles, number} from './upload.mjs';
import {wellness} from './well.mjs';

const drawMilliseconds = 100;
const lookMilliseconds = 5_000;

const at = (id) => document.getElementById(id);
let upload = null;
let drawn = 0; // of the troubles of this upload
let drawing = false;

function bringIn(items) {
  if (!upload?.running) {
    upload = new Upload({changed: drawSoon});
    at('troubles').replaceChildren();
    drawn = 0;
  }
  upload.add(items);
}

/// Changes come by the thousand; ten times a second is often enough.
function drawSoon() {
  if (drawing) return;
  drawing = true;
  setTimeout(() => {
    drawing = false;
    draw();
  }, drawMilliseconds);
}

function draw() {
  const {running, tally} = upload;
  at('upload').hidden = false;
  at('going').hidden = !running;
  at('bar').value = upload.progress;
  const found = `${number(upload.found)}${upload.searching ? ' found so far' : ''}`;
  at('done').textContent = `${number(upload.done)} of ${found}`;
  at('waits').textContent = running && upload.waitsFor ? `Waiting: ${upload.waitsFor}.` : '';
  at('ended').textContent = running ? '' : tally.sentence(upload.stopped ? upload.notSent : 0);
  at('set-aside').hidden = tally.counts.set_aside === 0;
  drawTroubles(tally);
}

function drawTroubles({troubles, troublesUntold}) {
  for (; drawn < troubles.length; ++drawn) {
    const {name, outcome, reason} = troubles[drawn];
    const line = document.createElement('li');
    const file = document.createElement('b');
    file.textContent = name;
    line.append(file, ` ${outcome}: ${reason}`);
    at('troubles').append(line);
  }
  at('untold').textContent = troublesUntold > 0 ? `And ${number(troublesUntold)} more.` : '';
}

function hasFiles(event) {
  return event.dataTransfer?.types.includes('Files') ?? false;
}

function showTarget(event, shown) {
  if (!hasFiles(event)) return;
  event.preventDefault();
  document.body.classList.toggle('target', shown);
}

// The whole page is the target: a file that misses it would be opened in place of the page.
document.addEventListener('dragenter', (event) => showTarget(event, true));
document.addEventListener('dragover', (event) => showTarget(event, true));
document.addEventListener('dragleave', (event) => showTarget(event, event.relatedTarget !== null));
document.addEventListener('drop', (event) => {
  showTarget(event, false);
  // The list is gone after this event; the entries stay.
  const entries = [...(event.dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry()).filter(Boolean);
  if (entries.length > 0) bringIn(itemsOfEntries(entries));
});

for (const kind of ['files', 'folder']) {
  at(`choose-${kind}`).addEventListener('click', () => at(kind).click());
  at(kind).addEventListener('change', () => {
    bringIn(itemsOfFiles([...at(kind).files]));
    at(kind).value = ''; // the same may be chosen again
  });
}
at('stop').addEventListener('click', () => upload.stop());
window.addEventListener('beforeunload', (event) => {
  if (upload?.running) event.preventDefault();
});

async function look() {
  const ready = await fetch('/ready', {cache: 'no-store'}).then((answer) => answer.json()).catch(() => null);
  const {well, words} = wellness(ready);
  at('well').className = well ? 'well' : 'ill';
  // A reader for the blind says it again when it is written again.
  if (at('well').textContent !== words) at('well').textContent = words;
}
look();
setInterval(() => document.visibilityState === 'visible' && look(), lookMilliseconds);
