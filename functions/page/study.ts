/**
 * The page of a listening study: a clip with music A or B, and which of them suits it.
 *
 * Made for one thumb, a keyboard or a screen reader alike. Which system gave A is not in the page. Where the page comes from a Worker
 * that keeps answers, it says so in the page, and they are sent as they are given; in any case they can be downloaded.
 */
import { STUDY_DATA, type StudyChoice, type StudyItem, type StudyPage } from '../../index/format/study.ts';
import { openStudyAnswers } from './study-answers.ts';
import { openStudyPlayer, type Side } from './study-player.ts';

const element = <T extends HTMLElement = HTMLElement>(id: string): T => document.getElementById(id) as T;
const data = JSON.parse(element(STUDY_DATA).textContent ?? '') as StudyPage;
const answers = openStudyAnswers(data.study, storage());
const plays = { a: element<HTMLButtonElement>('play-a'), b: element<HTMLButtonElement>('play-b') };
const choices = [...document.querySelectorAll<HTMLButtonElement>('[data-choice]')];
const keys = element<HTMLInputElement>('keys');
const audio = { a: element<HTMLAudioElement>('music-a'), b: element<HTMLAudioElement>('music-b') };
const player = openStudyPlayer(element<HTMLVideoElement>('clip'), audio, showPlaying);

/** Everyone starts elsewhere in the order, so that people who stop early have not all answered the same. */
const first = Math.floor(answers.share() * data.items.length);
const items = [...data.items.slice(first), ...data.items.slice(0, first)];
const sendTo = document.querySelector<HTMLMetaElement>('meta[name="post-answers-to"]')?.content || undefined;
element('sending').hidden = !sendTo;

let at = -1;
let heard = new Set<Side>();

for (const side of ['a', 'b'] as const) plays[side].addEventListener('click', () => toggle(side));
for (const button of choices) button.addEventListener('click', () => choose(button.dataset.choice as StudyChoice));
element('back').addEventListener('click', () => show(at - 1));
element('change').addEventListener('click', () => show(items.length - 1));
element('again').addEventListener('click', () => send());
element('download').addEventListener('click', download);
addEventListener('keydown', onKey);
const firstOpen = items.findIndex(({ id }) => answers.choiceOf(id) === undefined);
if (answers.count() > 0) say(`Welcome back. ${answers.count()} of ${items.length} are answered.`);
show(firstOpen < 0 ? items.length : firstOpen, { isFirst: true });

function show(next: number, { isFirst = false } = {}): void {
  at = Math.max(0, next);
  heard = new Set();
  player.stop();
  const isOver = at >= items.length;
  element('comparison').hidden = isOver;
  element('end').hidden = !isOver;
  element<HTMLProgressElement>('progress').value = answers.count() / items.length;
  element('count').textContent = `${answers.count()} of ${items.length} answered`;
  if (isOver) {
    showEnd();
    return;
  }
  const item: StudyItem = items[at];
  player.show(item);
  element('heading').textContent = `Clip ${at + 1} of ${items.length}`;
  element('back').hidden = at === 0;
  const before = answers.choiceOf(item.id);
  for (const button of choices) button.setAttribute('aria-pressed', String(button.dataset.choice === before));
  showHeard();
  if (!isFirst) element('heading').focus({ preventScroll: true });
}

function showEnd(): void {
  if (sendTo) void send();
  else element('sent').textContent = 'Download your answers and give the file to whoever asked you.';
  element('thanks').focus({ preventScroll: true });
}

function toggle(side: Side): void {
  element('error').textContent = '';
  if (player.playing() === side) {
    player.stop();
    return;
  }
  player
    .play(side)
    .then(() => {
      heard.add(side);
      showHeard();
    })
    .catch((error: Error) => {
      element('error').textContent = error.message;
    });
}

function showPlaying(): void {
  const playing = player.playing();
  for (const side of ['a', 'b'] as const) plays[side].setAttribute('aria-pressed', String(playing === side));
}

/** Shown and announced as disabled, but it keeps the focus: pressing it says why. */
function showHeard(): void {
  const isReady = heard.size === 2 || answers.choiceOf(items[at].id) !== undefined;
  for (const button of choices) button.setAttribute('aria-disabled', String(!isReady));
  element('hint').textContent = isReady ? 'Which music suits the clip better?' : 'Play both before you answer.';
}

function choose(choice: StudyChoice): void {
  if (at >= items.length) return;
  if (choices[0].getAttribute('aria-disabled') === 'true') {
    const missing = (['a', 'b'] as const).filter((side) => !heard.has(side)).map((side) => side.toUpperCase());
    say(`Play it with music ${missing.join(' and ')} first.`);
    return;
  }
  answers.give(items[at].id, choice);
  const open = items.findIndex(({ id }, i) => i > at && answers.choiceOf(id) === undefined);
  show(open < 0 ? nextOpen() : open);
  say(`Kept. ${answers.count()} of ${items.length} answered.`);
  if (sendTo && at < items.length) void send();
}

/** What was passed over before, or the end. */
function nextOpen(): number {
  const open = items.findIndex(({ id }) => answers.choiceOf(id) === undefined);
  return open < 0 ? items.length : open;
}

async function send(): Promise<void> {
  if (!sendTo) return;
  element('again').hidden = true;
  try {
    await answers.send(sendTo);
    element('error').textContent = '';
    element('sent').textContent = 'Your answers were sent. You can close this page.';
  } catch (error) {
    element('sent').textContent = 'Some of your answers were not sent. They are kept in this browser.';
    element('error').textContent = `Not sent: ${(error as Error).message}`;
    element('again').hidden = false;
  }
}

function download(): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([answers.lines()], { type: 'application/x-ndjson' }));
  link.download = `answers-${data.study}.jsonl`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // some browsers read it later than they say
}

const KEYS: Readonly<Record<string, StudyChoice>> = { a: 'a', b: 'b', o: 'both', n: 'neither' };

/** Single keys are speech and switch users' too, so they can be turned off (WCAG 2.2, 2.1.4). */
function onKey(event: KeyboardEvent): void {
  if (!keys.checked || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const key = event.key.toLowerCase();
  if (at >= items.length && key !== 'u') return;
  if (key === '1') toggle('a');
  else if (key === '2') toggle('b');
  else if (key === 'u') show(Math.min(at, items.length) - 1);
  else if (Object.hasOwn(KEYS, key)) choose(KEYS[key]);
  else return;
  event.preventDefault();
}

function say(text: string): void {
  element('status').textContent = text;
}

/** Asking for it may throw where it is forbidden. */
function storage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}
