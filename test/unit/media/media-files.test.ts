import { execFileSync } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findAudio, findClips } from '../../../offline/media/media-files.ts';
import { pictureNames } from '../../../offline/media/pictures.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';

let folder: TestFolder;
beforeEach(async () => {
  folder = await testFolder();
});
afterEach(() => folder.remove());

async function put(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(folder.path, name)), { recursive: true });
    await writeFile(join(folder.path, name), name);
  }
}
/** The superuser may read everything, so for a moment it is another. */
async function asNobody<T>(run: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return run();
  process.seteuid!(65534);
  try {
    return await run();
  } finally {
    process.seteuid!(0);
  }
}
const filesOf = ({ files }: { files: { file: string }[] }): string[] => files.map(({ file }) => file);

describe('the audio of a folder', () => {
  test('is found on all levels, by extension, in the order of the paths, hidden files left out', async () => {
    await put('z.MP3', 'a.flac', 'b/c.ogg', 'b/.hidden.wav', '.secret/d.wav', 'cover.jpg', 'notes.txt', 'a/z/y.opus');
    const found = await findAudio(folder.path);
    expect(filesOf(found)).toEqual(['a.flac', 'a/z/y.opus', 'b/c.ogg', 'z.MP3']);
    expect(found.unreadable).toEqual([]);
    expect(found.files[1].path).toBe(join(folder.path, 'a', 'z', 'y.opus'));
  });

  test('may lie in a folder that is named like a file, under any name', async () => {
    await put('a.mp3/inside.wav', '夜曲(伴奏) [2020].mp3', '-v.ogg', "it's; rm -rf.flac");
    expect(filesOf(await findAudio(folder.path))).toEqual([
      '-v.ogg',
      'a.mp3/inside.wav',
      "it's; rm -rf.flac",
      '夜曲(伴奏) [2020].mp3',
    ]);
  });

  test('is found through a link to a file; a link to nothing, to itself, and a pipe are told', async () => {
    await put('songs/a.wav');
    await symlink('songs/a.wav', join(folder.path, 'linked.wav'));
    await symlink('nowhere.wav', join(folder.path, 'dangling.wav'));
    await symlink('loop.wav', join(folder.path, 'loop.wav'));
    execFileSync('mkfifo', [join(folder.path, 'pipe.wav')]);
    const found = await findAudio(folder.path);
    expect(filesOf(found)).toEqual(['linked.wav', 'songs/a.wav']);
    expect(found.unreadable).toEqual([
      { file: 'dangling.wav', reason: 'a link to nothing. Copy the file itself.' },
      { file: 'loop.wav', reason: 'a link that leads to itself. Copy the file itself.' },
      { file: 'pipe.wav', reason: 'expected a file, got a device or a pipe.' },
    ]);
  });

  test('is found through a link to a folder, which is read once, however it is reached', async () => {
    await put('music/a.wav', 'elsewhere/b.wav', 'elsewhere/deep/c.wav');
    await symlink('../elsewhere', join(folder.path, 'music/linked'));
    await symlink('../elsewhere/deep', join(folder.path, 'music/again'));
    await symlink('..', join(folder.path, 'elsewhere/deep/up'));
    await symlink('.', join(folder.path, 'music/self'));
    const found = await findAudio(join(folder.path, 'music'));
    expect(filesOf(found)).toEqual(['a.wav', 'again/c.wav', 'linked/b.wav']);
    expect(found.unreadable).toEqual([]);
    expect(found.remarks).toEqual([
      'linked/deep: the same folder as again, which is read once.',
      'self: the same folder as music, which is read once.',
      'again/up: the same folder as linked, which is read once.',
    ]);
  });

  test('keeps its own name where a link in the same folder leads to it', async () => {
    await put('z/a.wav');
    await symlink('z', join(folder.path, 'a'));
    const found = await findAudio(folder.path);
    expect(filesOf(found)).toEqual(['z/a.wav']);
    expect(found.remarks).toEqual(['a: the same folder as z, which is read once.']);
  });

  test('with a Latin-1 name is read under the name that it was given', async () => {
    const latin1 = (name: string): Buffer => Buffer.from(name, 'latin1');
    await mkdir(Buffer.concat([Buffer.from(`${folder.path}/`), latin1('Süden')]));
    const names = ['Björk.wav', 'Süden/Café.wav'];
    for (const name of names) await writeFile(Buffer.concat([Buffer.from(`${folder.path}/`), latin1(name)]), name);
    await put('Björk.wav', 'Zoë.wav'); // in UTF-8
    const found = await findAudio(folder.path);
    expect(filesOf(found)).toEqual(['Bj%F6rk.wav', 'Björk.wav', 'Süden/Café.wav', 'Zoë.wav']);
    expect(found.unreadable).toEqual([]);
    expect(await Promise.all(found.files.map(({ path }) => readFile(path, 'utf8')))).toEqual([
      'Björk.wav',
      'Björk.wav',
      'Süden/Café.wav',
      'Zoë.wav',
    ]);
    expect(found.remarks).toEqual([expect.stringMatching(/^Bj%F6rk\.wav and 2 more: not UTF-8, .* Latin-1/)]);
  });

  test('is no folder of pictures, and what is passed over is counted by its ending', async () => {
    await put('a.w64', 'b.wav', 'cover.jpg', 'x/back.jpg', 'x/notes.txt', 'x/README', 'Thumbs.db');
    const found = await findAudio(folder.path);
    expect(filesOf(found)).toEqual(['a.w64', 'b.wav']);
    expect(found.remarks).toEqual(['no music by their names: 2 .jpg, 1 .txt, 1 without an ending.']);
  });

  test('goes on past a folder that may not be read, and tells it', async () => {
    await put('open/a.wav', 'closed/b.wav');
    await chmod(folder.path, 0o755);
    await chmod(join(folder.path, 'closed'), 0);
    const found = await asNobody(() => findAudio(folder.path));
    expect(filesOf(found)).toEqual(['open/a.wav']);
    expect(found.unreadable).toEqual([{ file: 'closed', reason: 'no permission to read it. Change its permissions.' }]);
  });

  test('cannot be looked for in a folder that is not there', async () => {
    await expect(findAudio(join(folder.path, 'nowhere'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('the clips of a folder', () => {
  test('are its videos and its folders of pictures', async () => {
    await put('b.mp4', 'trip/00.jpg', 'trip/01.PNG', 'deeper/x.webm', 'a/b/0.jpeg', 'song.mp3');
    const found = await findClips(folder.path);
    expect(filesOf(found)).toEqual(['a/b', 'b.mp4', 'deeper/x.webm', 'trip']);
    expect(found.files[0].path).toBe(join(folder.path, 'a', 'b'));
    expect(found.remarks).toEqual(['no clips by their names: 1 .mp3.']);
  });

  test.each([
    [
      'a poster beside a video',
      ['f/poster.jpg', 'f/v.mp4'],
      ['f/v.mp4'],
      /^f: the picture poster\.jpg beside v\.mp4: no clip/,
    ],
    [
      'numbered pictures beside a video',
      ['f/0.jpg', 'f/1.jpg', 'f/v.mp4'],
      ['f/v.mp4'],
      /^f: 2 pictures beside v\.mp4: no/,
    ],
    [
      'pictures beside notes',
      ['f/0.jpg', 'f/1.jpg', 'f/notes.txt', 'v.mp4'],
      ['v.mp4'],
      /^f: 2 pictures beside notes\.txt/,
    ],
    [
      'pictures beside folders',
      ['0.jpg', '1.jpg', 'f/v.mp4'],
      ['f/v.mp4'],
      /^the folder itself: 2 pictures beside other folders/,
    ],
    [
      'a single picture without a number',
      ['f/cover.jpg', 'v.mp4'],
      ['v.mp4'],
      /^f: the picture cover\.jpg alone: no clip\. Number/,
    ],
  ])('are not %s, which is told', async (_what, names, clips, remark) => {
    await put(...names);
    const found = await findClips(folder.path);
    expect(filesOf(found)).toEqual(clips);
    expect(found.remarks?.[0]).toMatch(remark);
    expect(found.unreadable).toEqual([]);
  });

  test.each([
    ['a numbered one', ['f/frame-07.png']],
    ['several without numbers', ['f/beach.jpg', 'f/hill.jpg']],
    ['several beside what a file manager left', ['f/0.bmp', 'f/1.bmp', 'f/Thumbs.db', 'f/desktop.ini', 'f/.DS_Store']],
  ])('are pictures with nothing beside them, %s', async (_what, names) => {
    await put(...names);
    const found = await findClips(folder.path);
    expect([filesOf(found), found.remarks]).toEqual([['f'], []]);
  });

  test('are animated pictures, each by itself', async () => {
    await mkdir(join(folder.path, 'clips'));
    await copyFile(
      new URL('../../fixtures/cases/clips-webp/animated-5s.webp', import.meta.url),
      join(folder.path, 'clips/a.webp'),
    );
    await put('clips/v.mp4');
    const found = await findClips(join(folder.path, 'clips'));
    expect([filesOf(found), found.remarks]).toEqual([['a.webp', 'v.mp4'], []]);
  });

  test('are pictures with Latin-1 names, which can be read', async () => {
    await mkdir(join(folder.path, 'f'));
    for (const n of [1, 2])
      await writeFile(
        Buffer.concat([Buffer.from(`${folder.path}/f/`), Buffer.from(`Straße ${n}.jpg`, 'latin1')]),
        `${n}`,
      );
    const [clip] = (await findClips(folder.path)).files;
    expect(clip.file).toBe('f');
    expect(await pictureNames(clip.path)).toEqual(['Straße 1.jpg', 'Straße 2.jpg']);
    expect(await readFile(join(clip.path, 'Straße 2.jpg'), 'utf8')).toBe('2');
  });

  test('include the folder itself when pictures lie in it', async () => {
    await put('0.jpg', '1.jpg');
    expect((await findClips(folder.path)).files).toEqual([{ file: basename(folder.path), path: folder.path }]);
  });
});
