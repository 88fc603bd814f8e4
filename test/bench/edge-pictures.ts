/**
 * The worst requests with frames that are let through: each goes up to a limit of functions/clip-work.ts or of the body, in another
 * way. What one costs is processor time of workerd's process, with everything from reading the body to the answer.
 *
 * What an isolate holds is what WebAssembly has (as /metrics counts it), V8's heap and buffers after a collection while the request is under
 * way (its inspector), and the pixels of the largest frame, where nobody can look while they are held.
 */
import { startWorkerdService } from '../e2e/workerd-service.ts';
import { cpuMsOf } from './abuse/trial.ts';
import { heapUsage } from './edge-memory.ts';
import { framesRequest, readMetrics } from './edge-requests.ts';
import { BUILT_WORKER, smallIndex } from './edge-service.ts';
import { deepPng, flat, jpeg, noise, png, times, webp } from './pictures.ts';

const K = 5;
const ROUNDS = 2;

interface Worst {
  what: string;
  frames: readonly Uint8Array<ArrayBuffer>[];
  /** Of the largest frame that is decoded in one go, when nobody can look. PNG waits for its pieces, and its pixels are seen. */
  pixels: number;
}

export async function benchPictures(): Promise<void> {
  const worker = await startWorkerdService('bench-pictures', BUILT_WORKER, await smallIndex(), { inspected: true });
  const url = `http://127.0.0.1:${worker.port}`;
  try {
    console.log(`\nThe worst requests with frames that are let through (k ${K}, a small index): the most of ${ROUNDS}`);
    console.log(`${''.padEnd(56)}${'bytes'.padStart(10)}${'CPU s'.padStart(8)}${'MB held'.padStart(9)}`);
    for (const { what, frames, pixels } of await worst()) {
      const asked = framesRequest(frames, K);
      let [cpu, held] = [0, 0];
      for (let round = 0; round <= ROUNDS; round++) {
        const { cpuMs, status } = await timed(url, worker.pid, asked.body as FormData);
        if (status !== 200) throw new Error(`bench: expected 200 for ${what}, got ${status}.`);
        if (round > 0) cpu = Math.max(cpu, cpuMs); // the first compiles
      }
      await heapUsage(worker.inspectorPort, url); // what the rounds before left is gone
      let under = true;
      const body = await slowly(asked.body as FormData);
      const answer = timed(url, worker.pid, body).finally(() => {
        under = false;
      });
      while (under) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        const mayDecode = body.isSent();
        const { usedSize, backingStorageSize } = await heapUsage(worker.inspectorPort, url);
        held = Math.max(held, usedSize + backingStorageSize + (mayDecode ? 4 * pixels : 0));
        if (body.waits()) body.sendRest();
      }
      await answer;
      const metrics = await readMetrics(url);
      const wasm = (metrics.get('wasm_heap_bytes') ?? 0) + (metrics.get('decoder_heap_bytes') ?? 0);
      const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
      console.log(
        `${what.padEnd(56)}${String(bytes).padStart(10)}${(cpu / 1000).toFixed(2).padStart(8)}${((held + wasm) / 1e6).toFixed(0).padStart(9)}`,
      );
    }
  } finally {
    await worker.close();
  }
}

interface Slowly {
  headers: Record<string, string>;
  body: ReadableStream<Uint8Array>;
  /** All but its end has been taken. */
  waits(): boolean;
  sendRest(): void;
  /** No picture is decoded before. */
  isSent(): boolean;
}

/** What is held back of a body, so that the Worker has read the rest when the first picture is decoded. */
const REST_BYTES = 1024;

/** A body in pieces, whose end waits for a word: reading it and decoding its pictures are looked at one after the other. */
async function slowly(form: FormData): Promise<Slowly> {
  const sent = new Response(form);
  const bytes = new Uint8Array(await sent.clone().arrayBuffer());
  const { promise: word, resolve: sendRest } = Promise.withResolvers<void>();
  const most = Math.max(0, bytes.length - REST_BYTES);
  let at = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (at >= bytes.length) return controller.close();
        if (at >= most) await word;
        const end = at < most ? Math.min(at + 65_536, most) : bytes.length;
        controller.enqueue(bytes.subarray(at, end));
        at = end;
      },
    },
    { highWaterMark: 0 },
  );
  const headers = { 'content-type': sent.headers.get('content-type') as string };
  return { headers, body, sendRest, waits: () => at >= most, isSent: () => at >= bytes.length };
}

async function timed(url: string, pid: number, sent: FormData | Slowly): Promise<{ cpuMs: number; status: number }> {
  const startMs = cpuMsOf(pid);
  const init = sent instanceof FormData ? { body: sent } : { headers: sent.headers, body: sent.body, duplex: 'half' };
  const response = await fetch(`${url}/v1/moments`, { method: 'POST', ...init } as RequestInit);
  await response.text();
  return { cpuMs: cpuMsOf(pid) - startMs, status: response.status };
}

/** Ordinary clips first, for comparison. */
async function worst(): Promise<Worst[]> {
  const full = 2048 * 2048;
  const hd = 1920 * 1080;
  const mixed = [await jpeg(noise(640, 430)), await webp(noise(640, 430)), await png(flat(640, 430))];
  return [
    {
      what: '50 JPEGs of 640 x 360 (usual)',
      frames: times(50, await jpeg(noise(640, 360).blur(2))),
      pixels: 640 * 360,
    },
    { what: '50 JPEGs of 640 x 640', frames: times(50, await jpeg(noise(640, 640).blur(2))), pixels: 640 * 640 },
    { what: '6 JPEGs of 2048 x 2048, flat', frames: times(6, await jpeg(flat(2048, 2048))), pixels: full },
    {
      what: '4 JPEGs of 2048 x 2048, noise',
      frames: times(4, await jpeg(noise(2048, 2048), { quality: 75 })),
      pixels: full,
    },
    {
      what: '8 progressive JPEGs of 1920 x 1080, flat',
      frames: times(8, await jpeg(flat(1920, 1080), { progressive: true })),
      pixels: hd,
    },
    {
      what: '8 progressive JPEGs of 1024 x 1024, noise',
      frames: times(8, await jpeg(noise(1024, 1024), { progressive: true, quality: 80 })),
      pixels: 1024 ** 2,
    },
    {
      what: '15 lossless WebPs of 1200 x 1000, flat',
      frames: times(15, await webp(flat(1200, 1000), { lossless: true })),
      pixels: 1.2e6,
    },
    {
      what: '3 lossless WebPs of 1000 x 1000, noise',
      frames: times(3, await webp(noise(1000, 1000), { lossless: true })),
      pixels: 1e6,
    },
    {
      what: '9 WebPs of 1200 x 1000, noise',
      frames: times(9, await webp(noise(1200, 1000), { quality: 90 })),
      pixels: 1.2e6,
    },
    { what: '2 PNGs of 16 bits, interlaced, 2048 x 2048', frames: times(2, deepPng(2048)), pixels: 0 },
    { what: '3 PNGs of 1050 x 1050, noise', frames: times(3, await png(noise(1050, 1050))), pixels: 0 },
    {
      what: '44 frames of 640 x 480, formats in turn',
      frames: Array.from({ length: 44 }, (_, i) => mixed[i % 3]),
      pixels: 640 * 480,
    },
  ];
}
