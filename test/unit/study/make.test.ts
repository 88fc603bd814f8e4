/** A study made without ffmpeg: whole files are copied, so their bytes may be anything. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POST_TO_NOBODY, STUDY_DATA, STUDY_MEDIA, type StudyPage } from '../../../index/format/study.ts';
import { mediaId } from '../../../offline/encode/library.ts';
import { sha256Hex } from '../../../offline/lib/files.ts';
import { formatAnswers, type SystemAnswer } from '../../../offline/study/answers-file.ts';
import { keyBeside, readKey } from '../../../offline/study/key.ts';
import { type MakeOptions, makeStudy } from '../../../offline/study/make.ts';
import { volumesOf } from '../../../offline/study/media.ts';
import { runCuepoint } from '../commands/run-cuepoint.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';

const CLIPS = ['one', 'two', 'three', 'four'];

let folder: TestFolder;
let clips: string;
let music: string;
beforeAll(async () => {
  folder = await testFolder();
  [clips, music] = [join(folder.path, 'clips'), join(folder.path, 'music')];
  for (const path of [clips, music]) await mkdir(path);
  for (const name of CLIPS) await writeFile(join(clips, `${name}.mp4`), `clip ${name}`);
  await writeFile(join(music, 'Blue Hour.mp3'), 'blue');
});
afterAll(() => folder.remove());

const answersOf = (startMs: number, more: Partial<SystemAnswer> = {}) =>
  CLIPS.map((clip) => ({ clip, track: 'Blue Hour.mp3', startMs, endMs: startMs + 5000, ...more }));

const made = async (name: string, more: Partial<MakeOptions> = {}) => {
  const out = join(folder.path, name);
  const systems = [
    { system: 'x', answers: answersOf(0) },
    { system: 'y', answers: answersOf(9000) },
  ];
  const run = async () => undefined;
  const options = { systems, clips, music, count: 4, seed: 1, out, keyFile: keyBeside(out), run, ...more };
  return { out, ...(await makeStudy(options)) };
};

async function contents(path: string): Promise<Record<string, string>> {
  const files = (await readdir(path, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
  const named = files.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return Object.fromEntries(
    await Promise.all(named.map(async (file) => [file.slice(path.length), await readFile(file, 'latin1')])),
  );
}

async function pageOf(path: string): Promise<StudyPage> {
  const html = await readFile(join(path, 'index.html'), 'utf8');
  return JSON.parse(new RegExp(`id="${STUDY_DATA}">(.*)</script>`).exec(html)![1]);
}

describe('a study', () => {
  it('of equal answers and seed is the same to the byte, and of another seed another', async () => {
    const [one, same, other] = [await made('one'), await made('same'), await made('other', { seed: 2 })];
    expect(await contents(same.out)).toEqual(await contents(one.out));
    expect(same.key).toEqual(one.key);
    expect(other.key.study).not.toBe(one.key.study);
  });

  it('has a page that sends nothing by itself, media named by their content, and its key beside it', async () => {
    const { out, key } = await made('whole');
    const files = await contents(out);
    expect(files['/index.html']).toContain(POST_TO_NOBODY);
    const { study, items } = await pageOf(out);
    expect([study, items.map(({ id }) => id)]).toEqual([key.study, key.items.map(({ id }) => id)]);
    for (const { clip, a, b } of items)
      for (const file of [clip, a.src, b.src]) {
        expect(file).toMatch(STUDY_MEDIA);
        expect(file).toContain(`/${sha256Hex(files[`/${file}`]).slice(0, 16)}-${files[`/${file}`].length}.`);
      }
    expect(await readKey(keyBeside(out))).toEqual(key);
    expect(key.items.filter(({ a }) => a === 'x')).toHaveLength(2);
  });

  it('finds files by their ids, and tells what it leaves out', async () => {
    const track = mediaId('Blue Hour.mp3', sha256Hex('blue'));
    const systems = [
      { system: 'x', answers: [...answersOf(0, { track }), { clip: 'five', track, startMs: 0, endMs: 1 }] },
      { system: 'y', answers: answersOf(0) },
      { system: 'z', answers: answersOf(700).map((one, i) => (i ? one : { ...one, track: 'gone.mp3' })) },
    ];
    const { absent, key } = await made('ids', { systems, count: 6 });
    expect(absent).toEqual({ clips: ['five'], tracks: ['gone.mp3'] });
    expect(key.alike.map(({ systems }) => systems.join())).toEqual(['x,y', 'x,y', 'x,y', 'x,y']); // by whatever name
  });

  it('levels A and B by their gains where every answer has one, and else not at all', async () => {
    const levelled = (gainDb?: number) => [
      { system: 'x', answers: answersOf(0, { gainDb: -6 }) },
      { system: 'y', answers: answersOf(9000, gainDb === undefined ? {} : { gainDb }) },
    ];
    const volumes = async (name: string, gainDb?: number) => {
      const { out, isLevelled } = await made(name, { systems: levelled(gainDb) });
      const all = (await pageOf(out)).items.flatMap(({ a, b }) => [a.volume, b.volume]);
      return [isLevelled, [...new Set(all)].sort()];
    };
    expect(await volumes('level', -2)).toEqual([true, [10 ** -0.2, 1]]);
    expect(await volumes('plain')).toEqual([false, [1]]);
    expect(volumesOf(3, -17)).toEqual([1, 0.1]); // never above 1
  });

  it.each<[string, () => Promise<Partial<MakeOptions>>, string]>([
    [
      'more than there are',
      async () => ({ count: 5 }),
      'expected 5 clips that two systems answer differently, found 4.',
    ],
    ['more than anyone answers', async () => ({ count: 501 }), '--n: expected at most 500 comparisons, got 501.'],
    ['a folder that is not there', async () => ({ clips: join(folder.path, 'no') }), 'expected a folder of clips'],
    [
      'other music',
      async () => ({ music: clips }),
      '1 names of the answers are not in --music, such as "Blue Hour.mp3".',
    ],
    [
      'a clip that no browser plays',
      async () => {
        const strange = join(folder.path, 'strange');
        await mkdir(strange);
        for (const name of CLIPS) await writeFile(join(strange, `${name}.avi`), name);
        return { clips: strange };
      },
      'got .avi. Install ffmpeg, which converts it.',
    ],
  ])('of %s is refused, and nothing is left behind', async (_what, more, sentence) => {
    const options = await more();
    const before = (await readdir(folder.path)).sort();
    await expect(made('refused', options)).rejects.toThrow(sentence);
    expect((await readdir(folder.path)).sort()).toEqual(before);
  });

  it('is put into no folder that is in use, and its key not into the folder that others see', async () => {
    await expect(made('clips')).rejects.toThrow('expected a new or empty folder, found 4 files in it.');
    const keyFile = join(folder.path, 'new/key.json');
    await expect(made('new', { keyFile })).rejects.toThrow('--key: expected a file outside');
  });
});

describe('cuepoint study', () => {
  it('says of answers what cannot be used, and what to do', async () => {
    const file = await folder.write('x.jsonl', formatAnswers(answersOf(0)));
    const flags = ['--clips', clips, '--music', music, '--n', '1', '--out', join(folder.path, 'no')];
    const { code, err } = await runCuepoint(['study', 'make', file, ...flags]);
    expect([code, err]).toEqual([
      1,
      expect.stringContaining('expected two or more systems of different names, got "x".'),
    ]);
  });

  it('exports the answers among lines of other things, and scores them with the key beside the study', async () => {
    const { out, key } = await made('scored');
    const answer = { study: key.study, participant: 'p', item: key.items[0].id, choice: 'both' };
    const line = JSON.stringify({ ...answer, at: '2026-11-25T18:00:00.000Z' });
    const sent = await folder.write('sent.jsonl', `${line}\n{"event":"used"}\n`);
    const lines = join(folder.path, 'answers.jsonl');
    const exported = await runCuepoint(['study', 'export', '--from', sent, '--out', lines]);
    expect(exported).toMatchObject({ code: 0, out: expect.stringContaining('1 lines are none of a study') });
    expect(await readFile(lines, 'utf8')).toBe(`${line}\n`);

    const json = join(folder.path, 'score.json');
    const scored = await runCuepoint(['study', 'score', lines, '--study', out, '--json', json]);
    expect(scored).toMatchObject({ code: 0, out: expect.stringContaining('1 answer of 1 person') });
    expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject({
      pairs: [{ one: 'x', other: 'y', bothShare: { count: 1, share: 1 } }],
    });
  });

  it('scores nothing without a key', async () => {
    const { code, err } = await runCuepoint(['study', 'score', 'x.jsonl', '--study', join(folder.path, 'none')]);
    expect([code, err]).toEqual([1, expect.stringContaining('none.key.json: expected the key of a study')]);
  });
});
