import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCues, writeCues } from '../../../index/format/cues.ts';
import { DEFAULT_PARAMETERS } from '../../../index/moment/cue-rule.ts';
import { describeCues, learnCues, logToCues } from '../../../offline/cues/learn.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { useAt } from './one-use.ts';

let folder: TestFolder;
beforeAll(async () => {
  folder = await testFolder();
});
afterAll(() => folder.remove());

const tracks = [
  { id: 'night-0123456789ab', file: 'Night.mp3', durationMs: 60_000 },
  { id: 'day-0123456789ab', file: 'Day.mp3', durationMs: 60_000 },
];

describe('the cues of a log', () => {
  const day = { trackId: 'Day' };
  const uses = [useAt(5_000, day), useAt(5_400, day), useAt(60_000, day), useAt(0, { trackId: 'Noon' })];

  test('stand at their track of the catalogue, by the order of the catalogue', () => {
    const { table, behindEnd } = learnCues(uses, tracks);
    expect(table.cues).toEqual([[], [{ startMs: 5_000, count: 2, widthMs: 10_000 }]]);
    expect(behindEnd).toBe(1);
    expect(table.parameters).toEqual(DEFAULT_PARAMETERS);
    expect(openCues(Uint8Array.from(writeCues(table)).buffer).cuesOf(1)).toEqual(table.cues[1]);
  });

  test('carry the rule that was fitted', () => {
    const parameters = { curveWeight: 1, distanceWeight: 2, threshold: 3 };
    const fit = { rows: 60, kept: 'fitted', mIoU: { model: 0.1, cues: 0.2, defaults: 0.3, fitted: 0.4 } } as const;
    expect(learnCues(uses, tracks, { parameters, fit }).table).toMatchObject({ parameters, fit });
  });

  test('are told with what was not found', () => {
    expect(describeCues(learnCues(uses, tracks))).toEqual([
      'cues: 1 in 1 of 2 tracks, from 2 uses; 1 tracks of the log found (1 by file name)',
      'left out: 1 uses that start behind the end of their track',
      'no cue from "Noon" (1 use): no track of the catalogue has this id or file name',
    ]);
  });

  test('are told with the first ten of what was not found', () => {
    const unknown = Array.from({ length: 12 }, (_, i) => useAt(0, { trackId: `Noon ${i}` }));
    const lines = describeCues(learnCues(unknown, tracks));
    expect(lines).toHaveLength(12);
    expect(lines.at(-1)).toBe('no cue from 2 more tracks of the log');
  });

  test('are the same from our feedback and from rows', async () => {
    const versions = { indexVersion: 'i', modelVersion: 'm' };
    const event = {
      at: '2026-11-25T10:00:00Z',
      event: 'used',
      requestId: 'r',
      clipId: 'c',
      clipMs: 10_000,
      ...versions,
    };
    const feedback = { ...event, trackId: 'day-0123456789ab', startMs: 5_000, endMs: 15_000 };
    const lines = await folder.write('log.jsonl', `${JSON.stringify(feedback)}\n`);
    const rows = await folder.write(
      'log.csv',
      'video_id,music_id,music_start,music_end,music_total_duration,video_segment_duration\nc,Day,5,15,60,10\n',
    );
    const [ofLines, ofRows] = [await logToCues(lines, tracks), await logToCues(rows, tracks)];
    expect(ofLines.table.cues[1]).toHaveLength(1);
    expect(ofLines.table).toEqual(ofRows.table);
  });
});
