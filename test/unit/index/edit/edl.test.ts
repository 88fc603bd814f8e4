/** Read back by the rules of CMX 3600 as OpenTimelineIO's adapter keeps them: an event has eight fields, a note begins with "*". */
import { expect, test } from 'vitest';
import { writeEdl } from '../../../../index/edit/edl.ts';
import { frameRateOf } from '../../../../index/edit/frame-rate.ts';
import { LOOP, someEdit } from './some-edit.ts';

interface Event {
  number: string;
  channels: string;
  /** Source in and out, record in and out, in frames. */
  frames: number[];
  notes: string[];
}

function read(edl: string, perSec: number): { title: string; events: Event[] } {
  const events: Event[] = [];
  let title = '';
  for (const line of edl.split('\n').filter((one) => one.trim() !== '')) {
    if (line.startsWith('TITLE: ')) title = line.slice(7);
    else if (/^\d{3}\s/.test(line)) {
      const fields = line.split(/\s+/);
      expect(fields).toHaveLength(8);
      const [number, reel, channels, kind, ...times] = fields;
      expect([reel, kind]).toEqual(['AX', 'C']);
      events.push({ number, channels, frames: times.map((time) => framesOf(time, perSec)), notes: [] });
    } else if (line.startsWith('* ') || /^AUD {2}3 {4}4$/.test(line)) events.at(-1)!.notes.push(line);
    else expect(line).toBe('FCM: NON-DROP FRAME');
  }
  return { title, events };
}

function framesOf(time: string, perSec: number): number {
  expect(time).toMatch(/^\d\d:[0-5]\d:[0-5]\d:\d\d$/);
  const [hours, minutes, seconds, frames] = time.split(':').map(Number);
  expect(frames).toBeLessThan(perSec);
  return (hours * 3600 + minutes * 60 + seconds) * perSec + frames;
}

const HOUR = 3600 * 30;

test('the picture and its sound come first, the music lies beside them on the next pair', () => {
  const { title, events } = read(writeEdl(someEdit()), 30);
  expect(title).toBe('holiday & "sea".mp4');
  expect(events.map(({ number, channels }) => [number, channels])).toEqual([
    ['001', 'AA/V'],
    ['002', 'NONE'],
  ]);
  expect(events[0].frames).toEqual([0, 240, HOUR, HOUR + 240]); // 8.008 s of 29.97
  expect(events[1].frames).toEqual([2011, 2251, HOUR, HOUR + 240]); // 67.101 s: 2011.02 frames
  expect(events[1].notes[0]).toBe('AUD  3    4');
});

test('a clip without sound leaves the first pair to the music', () => {
  const { events } = read(writeEdl(someEdit({ clip: { hasSound: false } })), 30);
  expect(events.map(({ channels }) => channels)).toEqual(['V', 'AA']);
});

test('beats are locators in the time of the programme, and bars are counted', () => {
  const { events } = read(writeEdl(someEdit()), 30);
  const locators = events[1].notes.filter((note) => note.startsWith('* LOC: '));
  expect(locators).toHaveLength(5);
  expect(locators[0]).toBe('* LOC: 01:00:00:00 CYAN    BAR 1');
  expect(locators[1]).toBe('* LOC: 01:00:00:19 GREEN   BEAT'); // 645 ms: 19.33 frames
  expect(locators[4]).toBe('* LOC: 01:00:02:17 CYAN    BAR 2');
});

test('a loop is events end to end, as long together as the clip', () => {
  const { events } = read(writeEdl(someEdit({ moment: { endMs: 70_101, loop: LOOP } })), 30);
  const music = events.slice(1);
  expect(music.map(({ frames }) => frames[2] - HOUR)).toEqual([0, 90, 180]);
  expect(music.at(-1)!.frames[3]).toBe(HOUR + 240);
  for (const { frames } of music) expect(frames[1] - frames[0]).toBe(frames[3] - frames[2]);
});

test('no title breaks a line', () => {
  const edl = writeEdl(someEdit({ track: { title: 'one\n003  AX       V     C        \u2028two' } }));
  expect(read(edl, 30).events).toHaveLength(2);
});

test.each([
  [23.976, 24_000, 1001],
  [24, 24, 1],
  [25, 25, 1],
  [29.97, 30_000, 1001],
  [59.94, 60_000, 1001],
  [179 / 6, 29_833, 1000],
])('%f frames a second are %i in %i s', (perSec, frames, seconds) => {
  expect(frameRateOf(perSec)).toEqual({ frames, seconds });
});
