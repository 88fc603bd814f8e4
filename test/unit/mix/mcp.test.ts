/** `cuepoint mcp` as an agent's program starts it, spoken to by the official SDK's own client. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TOOL_NAMES } from '../../../functions/agent/tools.ts';
import { type TestFolder, testFolder } from '../data/folder.ts';
import { type ServiceDouble, startDouble } from './service-double.ts';

const cli = join(import.meta.dirname, '../../../offline/cli.ts');
let folder: TestFolder;
let double: ServiceDouble;
let client: Client;

beforeAll(async () => {
  folder = await testFolder();
  double = await startDouble([{ id: 'steady-1', title: 'Steady', sound: null }]);
  // Two pictures with a cut at 2 s, and a voice from 1 s on.
  const inputs = [
    '-f',
    'lavfi',
    '-i',
    'testsrc2=size=64x36:rate=25:duration=2',
    '-f',
    'lavfi',
    '-i',
    'mandelbrot=size=64x36:rate=25',
  ];
  const voice = [
    '-f',
    'lavfi',
    '-i',
    "flite=text='look at the colour of that water':voice=slt,adelay=1000,apad=whole_dur=4",
  ];
  const cut = '[0:v][1:v]concat=n=2:v=1,trim=duration=4,format=yuv420p[v]';
  const args = ['-v', 'error', ...inputs, ...voice, '-filter_complex', cut, '-map', '[v]', '-map', '2:a', '-t', '4'];
  await promisify(execFile)('ffmpeg', [...args, '-c:v', 'libx264', '-c:a', 'aac', join(folder.path, 'clip.mp4')]);
  client = new Client({ name: 'test', version: '1' });
  const command = { command: process.execPath, args: [cli, 'mcp', '--url', double.url], stderr: 'ignore' as const };
  await client.connect(new StdioClientTransport(command));
});
afterAll(async () => {
  await client.close();
  await double.close();
  await folder.remove();
});

/** What of answers is looked at. */
interface Answer {
  moments: { track: { title: string } }[];
  tracks: object[];
  mix: { duck: { startMs: number; gainDb: number }[]; ffmpeg: string };
}

/** What the tool answered, and whether it is an error. */
async function call(name: string, given: Record<string, unknown>) {
  const {
    content,
    structuredContent,
    isError = false,
  } = await client.callTool(
    { name, arguments: given },
    undefined,
    { timeout: 600_000 }, // on a machine that is busy with other work
  );
  return { text: (content as { text: string }[])[0].text, answer: structuredContent as unknown as Answer, isError };
}

test('the tools take clips as files', async () => {
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(TOOL_NAMES);
  const moments = tools.find(({ name }) => name === 'find_moments')!;
  expect(moments.inputSchema.required).toEqual(['clip']);
  expect(client.getServerVersion()).toMatchObject({ name: 'cuepoint' });
});

test('a clip is asked about by its tokens, with the cuts that were found in it', async () => {
  const { answer, isError } = await call('find_moments', { clip: join(folder.path, 'clip.mp4'), k: 1 });
  expect(isError).toBe(false);
  expect(answer.moments[0].track.title).toBe('Steady');
  const { body } = double.asked.at(-1)!;
  expect(body).toMatchObject({ encoder: 'basic-frames', shape: [4, 66], durationMs: 4000, k: 1, cutsMs: [2000] });
  expect(body.clip).toBeUndefined();
});

test('a mix goes down where the clip speaks', async () => {
  const { answer } = await call('mix_spec', { clip: join(folder.path, 'clip.mp4'), trackId: 'steady-1' });
  expect(double.asked.at(-1)!.path).toBe('/v1/tracks/steady-1/moments');
  expect(answer.mix.duck[0].gainDb).toBe(-12);
  expect(Math.abs(answer.mix.duck[0].startMs - 800)).toBeLessThan(250);
  expect(answer.mix.ffmpeg).toContain('amix');
});

test('the library is listed, and what is wrong is told in words', async () => {
  expect((await call('list_tracks', { q: 'steady' })).answer.tracks).toHaveLength(1);
  expect(await call('moment_in_track', { clip: join(folder.path, 'clip.mp4'), trackId: 'none' })).toMatchObject({
    isError: true,
    text: 'track: expected one of the index, got "none". (track-unknown)',
  });
  const missing = await call('find_moments', { clip: join(folder.path, 'no.mp4') });
  expect(missing).toMatchObject({ isError: true, text: expect.stringContaining('no.mp4: expected a video file') });
  expect(await call('find_moments', {})).toMatchObject({
    isError: true,
    text: 'clip: expected the path of a video file. Give one.',
  });
  expect(await call('delete_everything', {})).toMatchObject({ isError: true });
});
