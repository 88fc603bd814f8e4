import { expect, it } from 'vitest';
import { mediaId } from '../../../offline/encode/library.ts';
import { dedupe, mediaNames } from '../../../offline/encode/media-names.ts';

const hashes = new Map([
  ['/m/Blue Hour.wav', 'ab'.repeat(32)],
  ['/m/blue_hour.mp3', 'cd'.repeat(32)],
]);
const hashed: string[] = [];
const hash = async (path: string) => {
  hashed.push(path);
  return hashes.get(path) ?? '0'.repeat(64);
};
const file = (name: string, bytes: number | undefined = 1) => ({ file: name, path: `/m/${name}`, bytes });
const find = mediaNames(
  [
    file('Blue Hour.wav'),
    file('blue_hour.mp3'),
    file('deep/one.mp4'),
    file('deep/Cafe\u0301.mp4'), // as macOS writes it
    file('two.mp4'),
    file('two.webm'),
    file('clip-1.mp4'),
    { file: 'clip-1', path: '/m/clip-1' },
    { file: 'clip-2', path: '/m/clip-2' },
  ],
  hash,
);

it.each([
  ['Blue Hour.wav', 'Blue Hour.wav'],
  ['Blue Hour', 'Blue Hour.wav'],
  ['deep/one', 'deep/one.mp4'],
  ['one', 'deep/one.mp4'],
  ['two.webm', 'two.webm'],
  ['clip-1', 'clip-1.mp4'], // the video of the pictures
  ['clip-2', 'clip-2'],
  ['./two.webm', 'two.webm'],
  ['one.mp4', 'deep/one.mp4'],
  ['deep\\one.mp4', 'deep/one.mp4'],
  ['C:\\proj\\deep\\one.mp4', 'deep/one.mp4'],
  ['/home/me/deep/one', 'deep/one.mp4'],
  ['\\\\server\\share\\two.webm', 'two.webm'],
  ['file:///C:/My%20Music/Blue%20Hour.wav', 'Blue Hour.wav'],
  ['Blue%20Hour', 'Blue Hour.wav'],
  ['Café', 'deep/Cafe\u0301.mp4'],
  ['C:\\proj\\one.mp4', undefined], // it may lie in another folder than deep/
  ['three', undefined],
])('the name %s is of the file %s', async (name, expected) => {
  expect((await find(name))?.file).toBe(expected);
});

it('an id is of the file with that content, and only files of its name are hashed', async () => {
  hashed.length = 0;
  expect((await find(mediaId('blue_hour.mp3', 'cd'.repeat(32))))?.file).toBe('blue_hour.mp3');
  expect(new Set(hashed)).toEqual(new Set(['/m/Blue Hour.wav', '/m/blue_hour.mp3']));
  expect(await find(mediaId('blue_hour.mp3', 'ef'.repeat(32)))).toBeUndefined();
});

it('a name that two files have is refused', async () => {
  await expect(find('two')).rejects.toThrow('"two": expected one file of that name, found two.mp4 and two.webm.');
});

it('a folder of pictures is no clip of its own beside the video that was made of it', () => {
  const files = [file('a.mp4'), { file: 'a', path: '/m/a' }, { file: 'b', path: '/m/b' }];
  expect(dedupe(files).map(({ file }) => file)).toEqual(['a.mp4', 'b']);
});
