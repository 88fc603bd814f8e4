/** A program that hangs is ended and leaves nothing behind; one that works, or whose reader takes its time, is left alone. */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runFfmpeg, startFfmpeg } from '../../../offline/media/ffmpeg.ts';
import { readClip } from '../../../offline/media/video.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuepoint-ffmpeg-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('an ffmpeg', () => {
  // Another program of that name, first on the PATH, which never says anything.
  async function withProgram<T>(script: string, run: () => Promise<T>): Promise<T> {
    const bin = await mkdtemp(join(folder, 'bin-'));
    await writeFile(join(bin, 'ffmpeg'), `#!${process.execPath}\n${script}`);
    await chmod(join(bin, 'ffmpeg'), 0o755);
    const path = process.env.PATH;
    process.env.PATH = `${bin}${delimiter}${path}`;
    try {
      return await run();
    } finally {
      process.env.PATH = path;
    }
  }
  const hangs = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000);';

  test('that hangs is ended, and the clip refused with how long it was silent', async () => {
    await writeFile(join(folder, 'some.mp4'), 'video');
    const message = await withProgram(hangs, () =>
      readClip(join(folder, 'some.mp4'), { stallMs: 300 }).catch((error: Error) => error.message),
    );
    expect(message).toMatch(/got silence \(ffmpeg said nothing for 0\.3 s and was ended\)\. Copy the file/);
  });

  test('that hangs is gone afterwards, whatever signals it ignores', async () => {
    const pidFile = join(folder, 'pid');
    const script = `require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); ${hangs}`;
    const result = await withProgram(script, () => runFfmpeg(['-version'], { stallMs: 2000 }));
    expect(result).toMatchObject({ ok: false, stalled: true });
    const pid = Number(await readFile(pidFile, 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });

  test('is left alone as long as it says something', async () => {
    const script =
      'let n = 0; setInterval(() => { process.stdout.write("x"); if (++n === 12) process.exit(0); }, 100);';
    const result = await withProgram(script, () => runFfmpeg(['-version'], { stallMs: 1000 }));
    expect(result).toMatchObject({ ok: true, stalled: false });
    expect(result?.stdout.length).toBe(12);
  });

  test('is left alone while its reader takes longer than it may be silent', async () => {
    const script = `process.stdout.write("x"); process.stderr.write("said"); setTimeout(() => process.stdout.write("y"), 200);`;
    const seen = await withProgram(script, async () => {
      const ffmpeg = await startFfmpeg([], { stallMs: 1500 });
      const read: string[] = [];
      for await (const piece of ffmpeg?.output ?? []) {
        read.push(Buffer.from(piece).toString());
        if (read.length === 1) await pause(2500);
      }
      return { read: read.join(''), ...(await ffmpeg?.end()) };
    });
    expect(seen).toEqual({ read: 'xy', ok: true, stalled: false, log: 'said' });
  });

  test('that hangs half-way gives what it wrote before, and then no more', async () => {
    const seen = await withProgram(`process.stdout.write("x"); ${hangs}`, async () => {
      const ffmpeg = await startFfmpeg([], { stallMs: 1500 });
      const read: string[] = [];
      for await (const piece of ffmpeg?.output ?? []) read.push(Buffer.from(piece).toString());
      return { read, ...(await ffmpeg?.end()) };
    });
    expect(seen).toMatchObject({ read: ['x'], ok: false, stalled: true });
  });

  test('is ended at once when no more of it is wanted', async () => {
    const seen = await withProgram(`process.stdout.write("x"); ${hangs}`, async () => {
      const ffmpeg = await startFfmpeg([]);
      for await (const _ of ffmpeg?.output ?? []) break;
      return ffmpeg?.end({ stop: true });
    });
    expect(seen).toEqual({ ok: false, stalled: false, log: '' });
  });
});
