// Sends the files of a person to POST /api/v1/instances, a few at a time. This module does not touch the page:
// start.mjs shows the state of an Upload.

/// Files on their way at once.
const sendersMax = 4;
/// A file is given up after so many requests without an answer. While the program answers that it is full, the file waits.
const silenceMax = 5;
const pauseSeconds = 2;
const pauseSecondsMax = 30;
/// At most this many troubles are listed; further ones are counted.
const troublesMax = 1000;
/// What a person reads for an outcome that is no word by itself.
const outcomeWords = {set_aside: 'dead letter'};

/// An item is `{name, open}`: `open()` promises the File. Dropped folders (FileSystemEntry) are walked to their ends.
export async function* itemsOfEntries(entries) {
  const waiting = [...entries].reverse();
  while (waiting.length > 0) {
    const entry = waiting.pop();
    const name = entry.fullPath.replace(/^\//, '');
    if (entry.isFile) {
      yield {name, open: () => new Promise((resolve, reject) => entry.file(resolve, reject))};
      continue;
    }
    const reader = entry.createReader();
    const read = () => new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    try {
      // A reader gives a folder in parts; one without entries is the end.
      for (let part = await read(); part.length > 0; part = await read()) waiting.push(...part.reverse());
    } catch (error) {
      yield {name: `${name}/`, open: () => Promise.reject(error)};
    }
  }
}

/// What was chosen with a button.
export async function* itemsOfFiles(files) {
  for (const file of files) yield {name: file.webkitRelativePath || file.name, open: async () => file};
}

/// Sends one file; promises `{status, pause, body}`, with status 0 when there was no answer. `sent` hears of bytes.
/// Not fetch(), which does not tell how much of a body is on its way.
export function post(file, {sent, signal}) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal.addEventListener('abort', abort);
    request.upload.onprogress = (event) => sent(event.loaded);
    request.onloadend = () => {
      signal.removeEventListener('abort', abort);
      const pause = Number(request.getResponseHeader('Retry-After')) || null;
      resolve({status: request.status, pause, body: parsed(request.responseText)});
    };
    request.open('POST', '/api/v1/instances');
    request.setRequestHeader('Prefer', 'wait=30');
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.send(file);
  });
}

function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

/// Promises the end of a pause; an abort ends it at once.
export function rest(seconds, signal) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, signal.aborted ? 0 : seconds * 1000);
    signal.addEventListener('abort', end);
  });
}

/// What became of the files that were answered, those in archives one by one.
export class Tally {
  counts = {new: 0, same: 0, set_aside: 0, refused: 0, kept: 0};
  troubles = [];
  troublesUntold = 0;

  /// `name`: the name of the sent file.
  take(name, {status, body}) {
    if (Array.isArray(body.results)) return this.#takeResults(name, body);
    // None was kept. Of an archive, the problem names each file.
    if (status === 422 && body.errors?.length > 0) {
      for (const error of body.errors) this.refuse(inside(name, error.parameter), error.detail);
      return;
    }
    this.refuse(name, body.detail ?? (status ? `the answer was ${status}` : 'the program does not answer'));
  }

  refuse(name, reason) {
    this.counts.refused += 1;
    this.#trouble(name, 'refused', reason);
  }

  #takeResults(name, body) {
    for (const outcome of ['new', 'same', 'set_aside', 'refused']) this.counts[outcome] += body[outcome] ?? 0;
    this.counts.kept += body.kept - (body.new ?? 0) - (body.same ?? 0) - (body.set_aside ?? 0);
    for (const result of body.results) {
      if (result.reason) this.#trouble(inside(name, result.name), outcomeWords[result.outcome] ?? result.outcome, result.reason);
    }
  }

  #trouble(name, outcome, reason) {
    if (this.troubles.length < troublesMax) this.troubles.push({name, outcome, reason});
    else this.troublesUntold += 1;
  }

  /// As `import` says it: "15 files: 3 new, 12 same, 0 dead letters, 0 refused."
  sentence(notSent = 0) {
    const {counts} = this;
    const files = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const letters = `${number(counts.set_aside)} dead ${counts.set_aside === 1 ? 'letter' : 'letters'}`;
    const ends = [`${number(counts.new)} new`, `${number(counts.same)} same`, letters];
    ends.push(`${number(counts.refused)} refused`);
    if (counts.kept > 0) ends.push(`${number(counts.kept)} kept and not recorded yet`);
    const stopped = notSent > 0 ? ` Stopped: ${number(notSent)} not sent.` : '';
    return `${number(files)} ${files === 1 ? 'file' : 'files'}: ${ends.join(', ')}.${stopped}`;
  }
}

function inside(archive, name) {
  return name ? `${archive}: ${name}` : archive;
}

export function number(value) {
  return value.toLocaleString('en');
}

/// One go, from the first file to the last: what is added while it runs belongs to it.
export class Upload {
  tally = new Tally();
  found = 0;
  done = 0;
  waitsFor = ''; // why it pauses; empty while it does not

  #queue = [];
  #next = 0;
  #walks = 0;
  #underWay = new Map(); // item: the part of it that is sent, 0 to 1
  #stopper = new AbortController();
  #send;
  #rest;
  #changed;

  /// `changed` is called after each change, often.
  constructor({send = post, pause = rest, changed = () => {}} = {}) {
    this.#send = send;
    this.#rest = pause;
    this.#changed = changed;
  }

  get running() {
    return this.#walks > 0 || this.#underWay.size > 0 || this.#next < this.#queue.length;
  }
  get searching() {
    return this.#walks > 0;
  }
  get stopped() {
    return this.#stopper.signal.aborted;
  }
  get notSent() {
    return this.found - this.done;
  }
  /// 0 to 1, of the files found so far.
  get progress() {
    const parts = [...this.#underWay.values()].reduce((sum, part) => sum + part, 0);
    return this.found === 0 ? 0 : (this.done + parts) / this.found;
  }

  /// Sends begin while the folders are still walked.
  async add(items) {
    this.#walks += 1;
    for await (const item of items) {
      if (this.stopped) break;
      this.found += 1;
      this.#queue.push(item);
      this.#startSending();
    }
    this.#walks -= 1;
    this.#changed();
  }

  /// Files that are being sent are aborted; they may be sent again.
  stop() {
    this.#stopper.abort();
    this.#next = this.#queue.length;
    this.#changed();
  }

  #startSending() {
    while (this.#underWay.size < sendersMax && this.#next < this.#queue.length) {
      const item = this.#queue[this.#next];
      this.#queue[this.#next++] = undefined;
      this.#underWay.set(item, 0);
      this.#deliver(item).finally(() => {
        this.#underWay.delete(item);
        this.#startSending();
        this.#changed();
      });
    }
    this.#changed();
  }

  async #deliver(item) {
    const answer = await this.#answerTo(item);
    if (!answer) return;
    this.waitsFor = '';
    this.tally.take(item.name, answer);
    this.done += 1;
  }

  /// Promises the final answer; undefined if it was stopped before.
  async #answerTo(item) {
    const {signal} = this.#stopper;
    for (let silent = 0; ; ) {
      const answer = await this.#try(item, signal);
      if (!comesAgain(answer)) return answer;
      silent = answer.status === 0 ? silent + 1 : 0;
      if (silent >= silenceMax && !this.stopped) return answer;
      this.waitsFor = answer.body.detail ?? 'the program does not answer';
      this.#sent(item, 0);
      await this.#rest(Math.min(answer.pause ?? pauseSeconds, pauseSecondsMax), signal);
      if (this.stopped) return undefined;
    }
  }

  async #try(item, signal) {
    try {
      const file = await item.open();
      await file.slice(0, 1).arrayBuffer(); // it may be gone, or not ours to read: a send would not tell
      if (this.stopped) return {status: 0, body: {}};
      return await this.#send(file, {sent: (bytes) => this.#sent(item, bytes / file.size), signal});
    } catch (error) {
      return {status: undefined, body: {detail: `the browser cannot read it: ${error.message}`}};
    }
  }

  #sent(item, part) {
    this.#underWay.set(item, Math.min(part, 1));
    this.#changed();
  }
}

/// No room for now, or nobody there: nothing is wrong with the file.
function comesAgain({status}) {
  return status === 0 || status === 503 || status === 507;
}
