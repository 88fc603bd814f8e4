import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FeedbackEvent, writeFeedbackLine } from '../../../../index/format/feedback.ts';
import { countReasons, feedbackRows } from '../../../../offline/cues/feedback/rows.ts';
import { type Bucket, type FoundLine, linesOfBucket, linesOfPath } from '../../../../offline/cues/feedback/sources.ts';
import { formatAnnotations } from '../../../../offline/data/annotations.ts';

function event(changed: Partial<FeedbackEvent> = {}): FeedbackEvent {
  return {
    at: '2026-11-25T10:00:00.000Z',
    event: 'used',
    requestId: 'r1',
    clipId: 'c1',
    clipMs: 12_500,
    trackId: 't1',
    startMs: 30_000,
    endMs: 42_500,
    trackMs: 120_000,
    indexVersion: 'i1',
    modelVersion: 'm1',
    ...changed,
  };
}
const at = (minute: number): string => `2026-11-25T10:${String(minute).padStart(2, '0')}:00.000Z`;
const lines = (...events: (FeedbackEvent | string)[]): FoundLine[] =>
  events.map((one, i) => ({ where: `log:${i + 1}`, line: typeof one === 'string' ? one : writeFeedbackLine(one) }));
async function startsOf(...events: FeedbackEvent[]): Promise<number[]> {
  return (await feedbackRows(lines(...events))).rows.map(({ musicStartSec }) => musicStartSec);
}

describe('feedback as training rows', () => {
  it("is written in MGSV-EC's columns, in seconds", async () => {
    const { rows, rejected } = await feedbackRows(lines(event()));
    expect(formatAnnotations(rows)).toBe(
      'video_id,music_id,music_start,music_end,music_total_duration,video_segment_duration\nc1,t1,30,42.5,120,12.5\n',
    );
    expect(rejected).toEqual([]);
  });

  it('takes an edit of a request before its use, whichever came first', async () => {
    const used = event({ at: at(5) });
    const edited = event({ event: 'edited', at: at(1), startMs: 31_000 });
    expect(await startsOf(used, edited)).toEqual([31]);
    expect(await startsOf(edited, used)).toEqual([31]);
  });

  it('takes the latest of several edits, and of several requests about one clip', async () => {
    const edits = [1, 3, 2].map((minute) => event({ event: 'edited', at: at(minute), startMs: minute * 1000 }));
    expect(await startsOf(...edits)).toEqual([3]);
    expect(await startsOf(...edits, event({ requestId: 'r2', at: at(9), startMs: 9000 }))).toEqual([9]);
  });

  it('keeps a row for each clip and each track, by time', async () => {
    expect(
      await startsOf(
        event({ at: at(3), startMs: 3000 }),
        event({ at: at(1), clipId: 'c2', startMs: 1000 }),
        event({ at: at(2), trackId: 't2', startMs: 2000 }),
      ),
    ).toEqual([1, 2, 3]);
  });

  it('rejects with a reason what makes no row', async () => {
    const { rows, rejected } = await feedbackRows(
      lines(
        event({ event: 'shown' }),
        event({ event: 'played' }),
        'hello',
        '[]',
        '{"event":"liked"}',
        JSON.stringify({ ...event(), at: 'yesterday' }),
        JSON.stringify({ ...event(), trackId: '' }),
        JSON.stringify({ ...event(), clipMs: 'long' }),
        event({ endMs: 30_000 }),
        event({ endMs: 120_001 }),
        event({ trackMs: undefined }),
        event({ at: at(1), startMs: 1 }),
        event({ at: at(2) }),
      ),
    );
    expect(rows).toHaveLength(1);
    expect(countReasons(rejected).map(([reason, count]) => `${count} ${reason}`)).toEqual([
      '1 another use of this clip and track counts',
      '1 ends after the track',
      '1 ends before it starts',
      '1 no "trackId"',
      '1 no event that we know',
      '1 no length of the track, and none in a catalogue',
      '1 no milliseconds in "clipMs"',
      '1 no time in "at"',
      '1 not JSON',
      '1 not a JSON object',
      '1 only played',
      '1 only shown',
    ]);
    expect(rejected.find(({ reason }) => reason === 'not JSON')).toEqual({
      where: 'log:3',
      reason: 'not JSON',
      line: 'hello',
    });
  });

  it('takes the length of a track from the catalogue where the event gives none', async () => {
    const { rows } = await feedbackRows(lines(event({ trackMs: undefined })), (id) =>
      id === 't1' ? 90_000 : undefined,
    );
    expect(rows[0].musicTotalSec).toBe(90);
  });

  it('never depends on the order of the lines, and loses none', async () => {
    const some = fc.record({
      event: fc.constantFrom('shown' as const, 'used' as const, 'edited' as const),
      requestId: fc.constantFrom('r1', 'r2'),
      clipId: fc.constantFrom('c1', 'c2'),
      at: fc.constantFrom(at(1), at(2)),
      startMs: fc.constantFrom(1000, 2000, 200_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(some, { maxLength: 12 }), async (events) => {
        const found = lines(...events.map((one) => event(one)));
        const forwards = await feedbackRows(found);
        const backwards = await feedbackRows(found.toReversed());
        expect(backwards.rows).toEqual(forwards.rows);
        expect(forwards.rows.length + forwards.rejected.length).toBe(events.length);
      }),
    );
  });
});

describe('places of feedback', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cuepoint-feedback-'));
    await mkdir(join(folder, '2026/11'), { recursive: true });
    await writeFile(join(folder, '2026/11/b.jsonl'), '{"b":1}\n\n{"b":2}\r\n');
    await writeFile(join(folder, 'a.jsonl'), '{"a":1}');
    await writeFile(join(folder, 'notes.txt'), 'not of these');
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function all(found: AsyncIterable<FoundLine>): Promise<string[]> {
    const lines: string[] = [];
    for await (const { line } of found) lines.push(line);
    return lines;
  }

  it('are a folder with its sub-folders, file by file', async () => {
    expect(await all(linesOfPath(folder))).toEqual(['{"b":1}', '{"b":2}', '{"a":1}']);
    expect(await all(linesOfPath(join(folder, 'a.jsonl')))).toEqual(['{"a":1}']);
  });

  it("are the answer of Analytics Engine's SQL API", async () => {
    const path = join(folder, 'answer.json');
    const data = [
      { index1: 'r1', blob1: '{"n":1}', blob2: '{"n":2}', blob3: '', blob4: '', _sample_interval: '1' },
      { index1: 'r2', blob1: '{"n":3}' },
    ];
    await writeFile(path, JSON.stringify({ meta: [{ name: 'blob1', type: 'String' }], data, rows: 2 }));
    expect(await all(linesOfPath(path))).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
    await writeFile(path, '{"errors":[]}');
    await expect(all(linesOfPath(path))).rejects.toThrow('expected an answer of Analytics Engine');
  });

  it('are a bucket, page by page', async () => {
    const objects = new Map([
      ['feedback/2026/11/24/x.jsonl', '{"n":1}\n'],
      ['feedback/2026/11/25/y.jsonl', '{"n":2}\n{"n":3}\n'],
    ]);
    const keys = [...objects.keys()];
    const bucket: Bucket = {
      async list({ prefix, cursor }) {
        expect(prefix).toBe('feedback/');
        const at = Number(cursor ?? 0);
        return { objects: [{ key: keys[at] }], truncated: at + 1 < keys.length, cursor: String(at + 1) };
      },
      get: async (key) => ({ arrayBuffer: async () => new TextEncoder().encode(objects.get(key) ?? '').buffer }),
    };
    expect(await all(linesOfBucket(bucket, 'feedback/'))).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
  });

  it('are told apart from nothing', async () => {
    await expect(all(linesOfPath(join(folder, 'none')))).rejects.toThrow('expected feedback');
    await mkdir(join(folder, 'empty'));
    await expect(all(linesOfPath(join(folder, 'empty')))).rejects.toThrow('expected .jsonl files');
  });
});
