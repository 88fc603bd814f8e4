/** Ask the app inside workerd: the hand-made bundle behind an assets binding, and requests as a client sends them. */
import { createApp } from '../../functions/app.ts';
import { BASIC_FRAMES } from '../../functions/embed/basic-frames.ts';
import type { Assets } from '../../functions/runtime/assets.ts';
import type { Bindings } from '../../functions/service.ts';
import { handBundle } from './hand-bundle.ts';

export const ENCODER = BASIC_FRAMES;

export function assetsOf(files: ReadonlyMap<string, Uint8Array>): Assets {
  return {
    async fetch(url) {
      const content = files.get(new URL(url).pathname.slice(1));
      return content ? new Response(content as Uint8Array<ArrayBuffer>) : new Response('not found', { status: 404 });
    },
  };
}

const app = createApp();
const bundle = await handBundle(ENCODER);

/** @param settings in place of ACCESS = "open" */
export function ask(
  path: string,
  init?: RequestInit,
  settings: Partial<Bindings> = { ACCESS: 'open' },
): Promise<Response> {
  return Promise.resolve(app.request(path, init, { ASSETS: assetsOf(bundle), ...settings }));
}

/** JSON body of `frames` equal tokens [x, y, 0, …]. */
export function tokensBody(frames: number, [x, y]: [number, number], more: Record<string, unknown> = {}): string {
  const values = new Float32Array(frames * ENCODER.width);
  for (let i = 0; i < frames; i++) values.set([x, y], i * ENCODER.width);
  return JSON.stringify({
    encoder: ENCODER.name,
    shape: [frames, ENCODER.width],
    tokens: base64(values),
    durationMs: frames * 1000,
    ...more,
  });
}

export function base64(values: Float32Array): string {
  return btoa(Array.from(new Uint8Array(values.buffer), (byte) => String.fromCharCode(byte)).join(''));
}

export function post(path: string, body: string | FormData, headers?: Record<string, string>): Promise<Response> {
  return ask(path, {
    method: 'POST',
    body,
    headers: headers ?? (typeof body === 'string' ? { 'content-type': 'application/json' } : undefined),
  });
}
