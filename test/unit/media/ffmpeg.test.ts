/** A program that hangs is ended and leaves nothing behind; one that works, or whose reader takes its time, is left alone. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Ffmpeg, startFfmpeg } from '../../../offline/media/ffmpeg.ts';
import { readClip } from '../../../offline/media/video.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuepoint-ffmpeg-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** On a fake clock, since a busy machine takes seconds to start a program. */
const STALL_MS = 1500;

type Next = () => Promise<string | undefined>;

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

  // It says its id, then "x" whenever it is asked to, and ends by itself after the third.
  const speaks = `
    let said = 0;
    process.on("SIGUSR1", () => process.stdout.write("x", () => ++said === 3 && process.exit(0)));
    process.stdout.write(String(process.pid));
    setInterval(() => {}, 1000);`;

  /** The program runs, its clock stands still, and what it says is read piece by piece. */
  async function onFakeClock<T>(script: string, run: (ffmpeg: Ffmpeg, pid: number, next: Next) => Promise<T>) {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      return await withProgram(script, async () => {
        const ffmpeg = (await startFfmpeg([], { stallMs: STALL_MS }))!;
        const pieces = ffmpeg.output[Symbol.asyncIterator]();
        const next = async () => {
          const { value, done } = await pieces.next();
          return done ? undefined : Buffer.from(value).toString();
        };
        return await run(ffmpeg, Number(await next()), next);
      });
    } finally {
      vi.useRealTimers();
    }
  }

  test('that hangs half-way is gone afterwards, whatever signals it ignores, and what it wrote before was read', async () => {
    const script = `process.stdout.write(String(process.pid)); ${hangs}`;
    await onFakeClock(script, async (ffmpeg, pid, next) => {
      const piece = next();
      vi.advanceTimersByTime(STALL_MS);
      expect(await piece).toBe(undefined);
      expect(await ffmpeg.end()).toMatchObject({ ok: false, stalled: true });
      expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    });
  });

  test('is left alone as long as it says something', async () => {
    await onFakeClock(speaks, async (ffmpeg, pid, next) => {
      for (let i = 0; i < 3; i++) {
        const piece = next();
        vi.advanceTimersByTime(0.9 * STALL_MS);
        process.kill(pid, 'SIGUSR1');
        expect(await piece).toBe('x');
      }
      expect(await next()).toBe(undefined);
      expect(await ffmpeg.end()).toEqual({ ok: true, stalled: false, log: '' });
    });
  });

  test('is left alone while its reader takes longer than it may be silent', async () => {
    await onFakeClock(speaks, async (ffmpeg, pid, next) => {
      for (let i = 0; i < 3; i++) {
        vi.advanceTimersByTime(2 * STALL_MS);
        process.kill(pid, 'SIGUSR1');
        expect(await next()).toBe('x');
      }
      expect(await next()).toBe(undefined);
      expect(await ffmpeg.end()).toEqual({ ok: true, stalled: false, log: '' });
    });
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
