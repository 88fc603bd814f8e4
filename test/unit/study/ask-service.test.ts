import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drawnFrames } from '../../../offline/service-client/clip.ts';
import { openService } from '../../../offline/service-client/service.ts';
import { formatAnswers, parseAnswers } from '../../../offline/study/answers-file.ts';
import { askForAnswers } from '../../../offline/study/ask-service.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { startDouble } from '../service-client/smoke/double.ts';

let folder: TestFolder;
beforeAll(async () => {
  folder = await testFolder();
  for (const clip of ['a', 'b']) {
    await mkdir(join(folder.path, clip));
    for (const [second, frame] of (await drawnFrames(3)).frames.entries())
      await writeFile(join(folder.path, clip, `${second}.jpg`), frame);
  }
});
afterAll(() => folder.remove());

it('a running service answers each clip with a moment as long as the clip, as lines that study make reads', async () => {
  const double = await startDouble();
  try {
    const service = openService(double.url);
    const answers = await askForAnswers({ service, clips: folder.path });
    expect(answers.map(({ clip }) => clip)).toEqual(['a', 'b']);
    for (const { startMs, endMs, gainDb } of answers)
      expect([endMs - startMs, typeof gainDb]).toEqual([3000, 'number']);
    expect(parseAnswers('answers.jsonl', formatAnswers(answers))).toEqual(answers);
    expect(await askForAnswers({ service, clips: folder.path, count: 1 })).toEqual(answers.slice(0, 1));
  } finally {
    await double.close();
  }
});

it('a service that wants a key is quoted', async () => {
  const double = await startDouble({ key: 'secret' });
  try {
    const asked = askForAnswers({ service: openService(double.url), clips: folder.path });
    await expect(asked).rejects.toThrow(/^the index: expected an answer of http.*, got status 401: .*key-missing/);
  } finally {
    await double.close();
  }
});
