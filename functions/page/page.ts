/** The page at `/`: choose or drop a clip, see the moments that suit it. All that matters is in client.ts. */
import { askForMoments, ClipError, type MomentsAnswer, ServiceError } from './client.ts';

const element = <T extends HTMLElement = HTMLElement>(id: string): T => document.getElementById(id) as T;
const drop = element('drop');
const clip = element<HTMLInputElement>('clip');
const working = element('working');
const progress = element<HTMLProgressElement>('progress');
const status = element('status');
const error = element('error');
const result = element('result');
const access = element('access');
const key = element<HTMLInputElement>('key');

/** In sessionStorage, which ends with the tab. */
const KEPT_KEY = 'cuepoint-key';
/** The clip that waits for a key. */
let refused: File | undefined;

/** Of the clip that is being read; another one takes its place. */
let running: AbortController | undefined;

clip.addEventListener('change', () => start(clip.files?.[0]));
clip.addEventListener('click', () => {
  clip.value = ''; // so that the same file can be chosen again
});
element('cancel').addEventListener('click', () => running?.abort());
element('use-key').addEventListener('click', useKey);
key.addEventListener('keydown', (event) => {
  if (event.key === 'Enter') useKey();
});

// A file that misses the field would replace the page: the whole of it takes drops.
for (const type of ['dragover', 'drop'] as const) addEventListener(type, (event) => event.preventDefault());
addEventListener('dragover', () => drop.classList.add('over'));
addEventListener('dragleave', () => drop.classList.remove('over'));
addEventListener('drop', ({ dataTransfer }) => {
  drop.classList.remove('over');
  start(dataTransfer?.files[0]);
});

async function start(file: File | undefined): Promise<void> {
  if (!file) return;
  running?.abort();
  const mine = new AbortController();
  running = mine;
  showWork();
  try {
    const answer = await askForMoments(location.origin, file, {
      key: sessionStorage.getItem(KEPT_KEY) ?? undefined,
      signal: mine.signal,
      onFrame: showProgress,
    });
    if (running === mine) showAnswer(file.name, answer);
  } catch (reason) {
    if (running !== mine) return;
    status.textContent = mine.signal.aborted ? 'Cancelled.' : '';
    if (needsKey(reason)) askForKey(file);
    if (!mine.signal.aborted) error.textContent = sentenceOf(reason);
  } finally {
    if (running === mine) working.hidden = true;
  }
}

function needsKey(reason: unknown): boolean {
  return reason instanceof ServiceError && ['key-missing', 'key-unknown', 'scope-missing'].includes(reason.code);
}

function askForKey(file: File): void {
  refused = file;
  access.hidden = false;
  key.focus();
}

function useKey(): void {
  const text = key.value.trim();
  if (!text) return;
  sessionStorage.setItem(KEPT_KEY, text);
  key.value = '';
  access.hidden = true;
  start(refused);
}

function showWork(): void {
  error.textContent = '';
  status.textContent = 'Reading the clip.';
  result.hidden = true;
  working.hidden = false;
  progress.value = 0;
}

function showProgress(done: number, count: number): void {
  progress.value = done / count;
  if (done < count) return;
  progress.removeAttribute('value'); // how long the service takes is not known
  status.textContent = 'Looking for music.';
}

function showAnswer(name: string, { clip: { durationMs, lookedAtMs }, moments }: MomentsAnswer): void {
  const found = moments.length === 1 ? 'One moment' : `${moments.length} moments`;
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  const part = durationMs - lookedAtMs > 1000 ? `; its first ${seconds(lookedAtMs)} were looked at` : '';
  status.textContent = `${found} for ${name}, ${seconds(durationMs)}${part}.`;
  element('moments').replaceChildren(...moments.map(listItem));
  result.hidden = false;
  element('heading').focus({ preventScroll: true });
}

function listItem({ rank, track, startMs, endMs, relevance }: MomentsAnswer['moments'][number]): HTMLLIElement {
  const item = document.createElement('li');
  item.append(
    piece('rank', String(rank)),
    piece('title', track.title),
    piece('span', `from ${minutes(startMs)} to ${minutes(endMs)} of ${minutes(track.durationMs)}`),
    piece('relevance', `relevance ${hundredths(relevance)}`),
  );
  return item;
}

function piece(name: string, text: string): HTMLSpanElement {
  const span = document.createElement('span');
  span.className = name;
  span.textContent = text;
  return span;
}

/** 0.00, and not -0.00, for -0.001. */
function hundredths(value: number): string {
  return (Math.round(value * 100) / 100 || 0).toFixed(2);
}

/** 1:06.5 for 66537 ms. */
function minutes(ms: number): string {
  const tenths = Math.round(ms / 100);
  return `${Math.floor(tenths / 600)}:${((tenths % 600) / 10).toFixed(1).padStart(4, '0')}`;
}

function sentenceOf(reason: unknown): string {
  if (reason instanceof ClipError || reason instanceof ServiceError) return reason.message;
  console.error(reason);
  return 'page: expected to read the clip, got an error of its own. Load the page again; the browser’s console has the details.';
}
