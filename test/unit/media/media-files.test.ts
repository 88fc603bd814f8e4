import { execFileSync } from 'node:child_process';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findAudio, findClips } from '../../../offline/media/media-files.ts';
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

  test('is found through a link to a file; a link to nothing, to a folder, to itself, and a pipe are told', async () => {
    await put('songs/a.wav');
    await symlink('songs/a.wav', join(folder.path, 'linked.wav'));
    await symlink('nowhere.wav', join(folder.path, 'dangling.wav'));
    await symlink('songs', join(folder.path, 'folder.wav'));
    await symlink('loop.wav', join(folder.path, 'loop.wav'));
    execFileSync('mkfifo', [join(folder.path, 'pipe.wav')]);
    const found = await findAudio(folder.path);
    expect(filesOf(found)).toEqual(['linked.wav', 'songs/a.wav']);
    expect(found.unreadable).toEqual([
      { file: 'dangling.wav', reason: 'a link to nothing. Copy the file itself.' },
      { file: 'folder.wav', reason: 'expected a file, got a link to a folder. Name the folder itself.' },
      { file: 'loop.wav', reason: 'a link that leads to itself. Copy the file itself.' },
      { file: 'pipe.wav', reason: 'expected a file, got a device or a pipe.' },
    ]);
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
    await put('b.mp4', 'trip/00.jpg', 'trip/01.PNG', 'trip/deeper/x.webm', 'a/b/0.jpeg', 'song.mp3');
    const found = await findClips(folder.path);
    expect(filesOf(found)).toEqual(['a/b', 'b.mp4', 'trip', 'trip/deeper/x.webm']);
    expect(found.files[0].path).toBe(join(folder.path, 'a', 'b'));
  });

  test('include the folder itself when pictures lie in it', async () => {
    await put('0.jpg', '1.jpg');
    expect((await findClips(folder.path)).files).toEqual([{ file: basename(folder.path), path: folder.path }]);
  });
});
