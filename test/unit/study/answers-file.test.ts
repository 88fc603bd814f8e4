import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Evaluation } from '../../../offline/evaluate/evaluation.ts';
import { formatAnswers, parseAnswers, readSystemAnswers } from '../../../offline/study/answers-file.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';

const FIRST = { clip: 'a.mp4', track: 't.wav', startMs: 0, endMs: 5000 };
const SECOND = { clip: 'b.mp4', track: 't.wav', startMs: 700, endMs: 5700, gainDb: -2.5 };

let folder: TestFolder;
beforeAll(async () => {
  folder = await testFolder();
});
afterAll(() => folder.remove());

describe('a file of lines', () => {
  it('is read as it was written', () => {
    expect(parseAnswers('a.jsonl', formatAnswers([FIRST, SECOND]))).toEqual([FIRST, SECOND]);
  });

  it('gives its system its own name, unless another stands in front', async () => {
    const path = await folder.write('made.jsonl', formatAnswers([FIRST]));
    expect(await readSystemAnswers(path)).toEqual({ system: 'made', answers: [FIRST] });
    expect((await readSystemAnswers(`ours, new=${path}`)).system).toBe('ours, new');
  });

  it('may begin with a byte-order mark, or be UTF-16', async () => {
    const text = `\ufeff${formatAnswers([FIRST, SECOND])}`;
    for (const bytes of [text, Buffer.from(text, 'utf16le')])
      expect((await readSystemAnswers(await folder.write('marked.jsonl', bytes))).answers).toEqual([FIRST, SECOND]);
  });

  const line = JSON.stringify(FIRST);
  it.each([
    [`${line}\n{}`, 'a.jsonl:2: "clip": expected the name of a file, got undefined.'],
    [`${line}\n${line}`, 'a.jsonl:2: expected one answer per clip, got another for "a.mp4"'],
    [line.replace('5000', '0'), 'expected whole milliseconds with 0 ≤ startMs < endMs, got 0 and 0'],
    [line.replace('5000', '5000,"gainDb":"loud"'), 'a.jsonl:1: "gainDb": expected a number, got "loud"'],
    ['words', 'a.jsonl:1: expected {"clip"'],
    ['\n', 'found none'],
  ])('such as %j is refused with the line', (text, sentence) => {
    expect(() => parseAnswers('a.jsonl', text)).toThrow(sentence);
  });
});

describe('what evaluate --json wrote', () => {
  const row = {
    videoId: 'v',
    musicId: 'm',
    truth: { startSec: 10, endSec: 18 },
    found: { startSec: 9.25, endSec: 17 },
  };
  const served = { rows: [{ ...row, found: { startSec: -0.1, endSec: 8 } }] };
  const evaluation = (more: object) =>
    JSON.stringify({ format: 'cuepoint-evaluation-1', exact: { rows: [row] }, ...more } satisfies Partial<
      Record<keyof Evaluation, unknown>
    >);

  it('has the exact model, the deployed path and the moments that editors used', async () => {
    const path = await folder.write('run.json', evaluation({ served }));
    const momentOf = async (part: string) => {
      const { system, answers } = await readSystemAnswers(`${path}${part}`);
      return [system, answers];
    };
    const moment = (startMs: number, endMs: number) => [{ clip: 'v', track: 'm', startMs, endMs }];
    expect(await momentOf('')).toEqual(['run', moment(9250, 17_000)]);
    expect(await momentOf('#exact')).toEqual(['run exact', moment(9250, 17_000)]);
    expect(await momentOf('#served')).toEqual(['run served', moment(0, 8000)]);
    expect(await momentOf('#truth')).toEqual(['run truth', moment(10_000, 18_000)]);
  });

  it.each([
    ['exact.json#served', 'expected the deployed path, found the exact model only. Evaluate again with --served.'],
    ['exact.json#best', 'expected #exact, #served, #truth after the file, got "#best".'],
    ['lines.jsonl#truth', 'expected what evaluate --json wrote, got lines.'],
    ['none.json', 'none.json: expected answers, found no such file.'],
  ])('is asked for as %s in vain, and what to do is told', async (given, sentence) => {
    await folder.write('exact.json', evaluation({}));
    await folder.write('lines.jsonl', formatAnswers([FIRST]));
    await expect(readSystemAnswers(`${folder.path}/${given}`)).rejects.toThrow(sentence);
  });
});
