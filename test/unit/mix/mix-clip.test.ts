/** `cuepoint mix` on drawn clips and tones: ffmpeg mixes them, and what is in the file is measured. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mediaId } from '../../../offline/encode/library.ts';
import { mixClip } from '../../../offline/mix/mix-clip.ts';
import { openService } from '../../../offline/service-client/service.ts';
import { startCuepoint } from '../commands/start-cuepoint.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { type ServiceDouble, startDouble } from './service-double.ts';

const run = promisify(execFile);
const ffmpeg = (...args: string[]) =>
  run('ffmpeg', ['-v', 'error', '-y', ...args], { maxBuffer: 1 << 28, encoding: 'buffer' });

let folder: TestFolder;
let double: ServiceDouble;
let id: string;
const at = (name: string): string => join(folder.path, name);
const usual = { rank: 1, musicOnly: false, keepSound: false };

beforeAll(async () => {
  folder = await testFolder();
  // Of BS.1770 a stereo sine of peak p dB has p LUFS: gainDb 6 brings this one to -16.
  const tone = 'aevalsrc=0.0794*sin(2*PI*1000*t)|0.0794*sin(2*PI*1000*t):s=44100:d=20';
  await mkdir(at('music'));
  await ffmpeg('-f', 'lavfi', '-i', tone, at('music/steady.wav'));
  const sound = await readFile(at('music/steady.wav'));
  id = mediaId('steady.wav', createHash('sha256').update(sound).digest('hex'));
  double = await startDouble([
    { id, title: 'Steady', sound, licence: 'CC0' },
    { id: 'silent-000000000000', title: 'Silent', sound: null },
  ]);
  const picture = 'testsrc2=size=160x90:rate=30000/1001:duration=6.006';
  const coded = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-pix_fmt', 'yuv420p'];
  await ffmpeg('-f', 'lavfi', '-i', picture, ...coded, at('mute.mp4'));
  await ffmpeg('-i', at('mute.mp4'), '-t', '1', '-c', 'copy', at('second.mp4'));
  // Its sound begins a second after the picture: a click at 1.5 s of the clip.
  const click = 'aevalsrc=0.5*between(t\\,0.5\\,0.51):s=48000:d=5';
  await ffmpeg(
    '-i',
    at('mute.mp4'),
    '-itsoffset',
    '1',
    '-f',
    'lavfi',
    '-i',
    click,
    '-c:v',
    'copy',
    '-c:a',
    'aac',
    at('clip.mp4'),
  );
});
afterAll(async () => {
  await double.close();
  await folder.remove();
});

/** Samples of 48 kHz, mono. */
async function soundOf(path: string): Promise<Float32Array> {
  const { stdout } = await ffmpeg('-i', path, '-map', '0:a', '-ac', '1', '-ar', '48000', '-f', 'f32le', '-');
  return new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.byteLength));
}

/** Hashes of the picture's packets: the same where it was copied. */
async function packetsOf(path: string): Promise<string> {
  const { stdout } = await ffmpeg('-i', path, '-map', '0:v', '-c', 'copy', '-f', 'streamhash', '-');
  return String(stdout);
}

test('the mixed clip has the picture as it was, is as long to the frame, and as loud as the service said', async () => {
  await mixClip({ ...usual, service: double.service, clip: at('mute.mp4'), out: at('out.mp4') });
  expect(await packetsOf(at('out.mp4'))).toBe(await packetsOf(at('mute.mp4')));
  const sound = await soundOf(at('out.mp4'));
  expect(Math.abs(sound.length / 48_000 - 6.006)).toBeLessThan(1001 / 30_000);
  const measure = ['-i', at('out.mp4'), '-af', 'ebur128=framelog=verbose', '-f', 'null', '-'];
  const { stderr } = await run('ffmpeg', measure);
  const measured = [...stderr.matchAll(/I:\s+(-?[\d.]+) LUFS/g)].at(-1)?.[1];
  expect(Math.abs(Number(measured) - -16)).toBeLessThan(1);
});

test('sound that begins after the picture stays where it was', async () => {
  await mixClip({ ...usual, service: double.service, clip: at('clip.mp4'), out: at('late.mp4') });
  const sound = await soundOf(at('late.mp4'));
  const loudest = sound.reduce((best, value, i) => (Math.abs(value) > Math.abs(sound[best]) ? i : best), 0);
  expect(Math.abs(loudest / 48 - 1505)).toBeLessThan(20);
});

test('what is sent of a clip is its tokens, its cuts and where it speaks, and the music goes down there', async () => {
  const pictures = ['testsrc2=size=160x90:rate=25:duration=3', 'mandelbrot=size=160x90:rate=25'];
  const voice = "flite=text='look at the colour of that water':voice=slt,adelay=2000,apad=whole_dur=6";
  const inputs = [...pictures, voice].flatMap((source) => ['-f', 'lavfi', '-i', source]);
  const cut = ['-filter_complex', '[0:v][1:v]concat=n=2:v=1,trim=duration=6,format=yuv420p[v]', '-map', '[v]'];
  await ffmpeg(...inputs, ...cut, '-map', '2:a', '-t', '6', '-c:v', 'libx264', '-c:a', 'aac', at('said.mp4'));
  await mixClip({ ...usual, musicOnly: true, service: double.service, clip: at('said.mp4'), out: at('ducked.mkv') });
  const { body } = double.asked.findLast(({ path }) => path === '/v1/moments')!;
  expect(Object.keys(body).sort()).toEqual(['cutsMs', 'durationMs', 'encoder', 'k', 'shape', 'speechMs', 'tokens']);
  expect(body.cutsMs).toEqual([3000]);
  const [[from, to]] = body.speechMs as [number, number][];
  expect(Math.abs(from - 2000)).toBeLessThan(250);
  const sound = await soundOf(at('ducked.mkv'));
  const level = (fromMs: number, toMs: number): number => {
    const part = sound.subarray(fromMs * 48, toMs * 48);
    return 10 * Math.log10(part.reduce((sum, value) => sum + value * value, 0) / part.length);
  };
  expect(level(from + 50, to - 50) - level(200, from - 300)).toBeCloseTo(-12, 0);
});

test("the library's own file is known by its hash, whatever it is called now", async () => {
  await rename(at('music/steady.wav'), at('music/renamed.wav'));
  const mixed = await mixClip({
    ...usual,
    service: double.service,
    clip: at('mute.mp4'),
    out: at('own.mkv'),
    music: at('music'),
  });
  expect(mixed).toMatchObject({ isPreview: false, sound: at('music/renamed.wav') });
  expect(mixed.edit.clip).toMatchObject({
    rate: { frames: 30_000, seconds: 1001 },
    size: { width: 160, height: 90 },
    hasSound: false,
  });
});

test('the command writes the video and all that editing programs read, and asks for one track where told', async () => {
  const names = { edl: 'a.edl', otio: 'a.otio', fcpxml: 'a.fcpxml', credits: 'credits.txt', cues: 'cues.csv' };
  const flags = Object.entries(names).flatMap(([flag, name]) => [`--${flag}`, at(name)]);
  const args = ['mix', '--clip', at('clip.mp4'), '--url', double.url, '--out', at('all.mp4'), '--track', id, ...flags];
  const { code, out, err } = await startCuepoint(args).ended;
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain('music: Steady, 3.0 to 9.0 s, 6 dB');
  expect(double.asked.at(-3)!.path).toBe(`/v1/tracks/${id}/moments`);
  expect(await readFile(at('credits.txt'), 'utf8')).toContain('"Steady" by Ada\nLicence: CC0\n');
  const { tracks } = JSON.parse(await readFile(at('a.otio'), 'utf8'));
  const target = tracks.children[2].children[0].media_references.DEFAULT_MEDIA.target_url;
  expect(target).toBe(`file://${at('all.music.wav')}`); // the preview, kept for the editing program
  expect(await readdir(folder.path)).toEqual(
    expect.arrayContaining([...Object.values(names), 'all.music.wav', 'all.mp4']),
  );
});

interface Refused {
  clip?: string;
  out?: string;
  music?: string;
  track?: string;
  rank?: number;
}

test.each<[string, Refused, string | RegExp]>([
  ['a track that the service does not know', { track: 'nothing' }, 'track: expected one of the index, got "nothing".'],
  [
    'a folder without the track',
    { music: 'empty' },
    /--music: expected the file of the track ".*" below empty, got 0 other/,
  ],
  ['no such folder of music', { music: 'nowhere' }, '--music: expected a folder of music, got nothing at'],
  ['a track without a preview', { rank: 2 }, '"Silent": expected a preview in the index, got none.'],
  ['a rank beyond the answer', { rank: 3 }, '--rank: expected one of the 2 moments that were answered, got 3.'],
  ['an ending that no container has', { out: 'x.avi' }, '--out: expected a name ending in .mp4, .mov, .mkv, .webm'],
  [
    'a picture that the container does not take',
    { out: 'x.webm' },
    'expected ffmpeg to mix the clip and its music, got',
  ],
  ['a clip that is none', { clip: 'text.mp4' }, 'text.mp4: expected a video'],
])(
  '%s is told, and nothing is left behind',
  async (_, { music, clip = 'second.mp4', out = 'x.mp4', ...changed }: Refused, said) => {
    await mkdir(at('empty'), { recursive: true });
    await folder.write('text.mp4', 'no video');
    const options = { ...usual, ...changed, clip: at(clip), out: at(out), music: music && at(music) };
    await expect(mixClip({ ...options, service: double.service })).rejects.toThrow(said);
    expect((await readdir(folder.path)).filter((name) => name.startsWith('x.'))).toEqual([]);
  },
);

test('a service that does not answer is told', async () => {
  const options = { ...usual, service: openService('http://127.0.0.1:9'), clip: at('mute.mp4'), out: at('x.mp4') };
  await expect(mixClip(options)).rejects.toThrow(
    /--url: expected an answer to GET \/v1\/index, got none .*Check the address/,
  );
});
