/** What the tests do inside the browser, with the built module, to the file that was put into the page's field. */
import { clipPictures, clipTokens, readFrames } from '../../functions/page/client.ts';

export interface Frame {
  width: number;
  height: number;
  /** Mean red, green, blue of the left half, then of the right; a middle column belongs to neither. */
  halves: number[];
}

/** The same of a picture's pixels in Node and in the browser. @param channels bytes per pixel, of which three are looked at */
export function measure(data: ArrayLike<number>, width: number, height: number, channels: number): Frame {
  const halves = [0, 0, 0, 0, 0, 0];
  const side = Math.floor(width / 2);
  for (let at = 0; at < width * height; at++) {
    const x = at % width;
    const half = x < side ? 0 : x >= width - side ? 3 : undefined;
    if (half !== undefined) for (let c = 0; c < 3; c++) halves[half + c] += data[at * channels + c];
  }
  return { width, height, halves: halves.map((sum) => sum / (side * height)) };
}

const chosen = (): File => document.querySelector<HTMLInputElement>('#clip')?.files?.[0] as File;

async function frames(): Promise<{ frames: Frame[]; durationSec: number }> {
  const frames: Frame[] = [];
  let last = 0;
  for await (const { image, durationSec } of readFrames(chosen())) {
    const context = image.getContext('2d') as CanvasRenderingContext2D;
    const { data, width, height } = context.getImageData(0, 0, image.width, image.height);
    frames.push(measure(data, width, height, 4));
    last = durationSec;
  }
  return { frames, durationSec: last };
}

async function error(): Promise<{ name: string; message: string } | undefined> {
  try {
    for await (const _ of readFrames(chosen()));
  } catch (thrown) {
    return { name: (thrown as Error).name, message: (thrown as Error).message };
  }
  return undefined;
}

async function stoppedAfterTwo(): Promise<{ times: number[]; message: string }> {
  const stop = new AbortController();
  const times: number[] = [];
  try {
    for await (const { timeSec } of readFrames(chosen(), { signal: stop.signal })) {
      times.push(timeSec);
      if (timeSec === 1) stop.abort(new Error('enough'));
    }
  } catch (thrown) {
    return { times, message: (thrown as Error).message };
  }
  return { times, message: '' };
}

/** JPEG files, base64. */
async function pictures(): Promise<{ frames: string[]; durationMs: number }> {
  const { frames, durationMs } = await clipPictures(chosen());
  const bytes = await Promise.all(frames.map(async (frame) => new Uint8Array(await frame.arrayBuffer())));
  return {
    frames: bytes.map((of) => btoa(Array.from(of, (byte) => String.fromCharCode(byte)).join(''))),
    durationMs,
  };
}

export const inPage = { frames, error, stoppedAfterTwo, pictures, tokens: () => clipTokens(chosen()) };

if ('document' in globalThis) Object.assign(globalThis, { inPage });
