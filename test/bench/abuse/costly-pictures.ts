/** Few bytes that would cost much: what is refused costs next to nothing, what is let through no more than a request may. */
import { gzipSync } from 'node:zlib';
import {
  crumbledPng,
  deepPng,
  flat,
  jpeg,
  noise,
  png,
  thinPng,
  times,
  trailingPng,
  webp,
  withScans,
} from '../pictures.ts';
import { cpuMsOf, type Finding, residentMbOf, type Service, type Trial } from './trial.ts';

type Frames = readonly Uint8Array<ArrayBuffer>[];

const MOST_CPU_MS = 1_500;
/** On top of what the service held before, with what is not collected yet. */
const MOST_GROWTH_MB = 150;

export const costlyPictures: Trial = {
  name: 'costly-pictures',
  does: 'pictures that cost far more than their bytes',
  async run(start) {
    const service = await start();
    const findings: Finding[] = [];
    await send(service, [await jpeg(noise(640, 360))]); // the decoder is there
    const before = residentMbOf(service.pid).now;
    for (const { what, frames, status } of await cases()) {
      const startMs = cpuMsOf(service.pid);
      const got = await send(service, frames);
      const cpuMs = cpuMsOf(service.pid) - startMs;
      findings.push({
        what: `${what}: ${status} in at most ${MOST_CPU_MS / 1000} s of processor time`,
        got: `${got} in ${(cpuMs / 1000).toFixed(2)} s`,
        holds: got.startsWith(String(status)) && cpuMs <= MOST_CPU_MS,
      });
    }
    const growth = residentMbOf(service.pid).most - before;
    findings.push({
      what: `memory grows by at most ${MOST_GROWTH_MB} MB over all of them`,
      got: `${growth.toFixed(0)} MB`,
      holds: growth <= MOST_GROWTH_MB,
    });
    return findings;
  },
};

async function cases(): Promise<{ what: string; frames: Frames; status: 200 | 422 }[]> {
  const large = await jpeg(flat(2048, 2048), { progressive: true });
  const scans = await jpeg(flat(1920, 1080), { progressive: true });
  const small = [await jpeg(noise(640, 360)), await webp(noise(640, 360)), await png(flat(640, 360))];
  return [
    { what: 'a PNG of 1 x 4,194,304', frames: [thinPng(1, 4_194_304)], status: 422 },
    { what: 'twenty of them', frames: times(20, thinPng(1, 4_194_304)), status: 422 },
    { what: 'fifty PNGs of 1 x 8,192', frames: times(50, thinPng(1, 8192)), status: 200 },
    { what: 'fifty PNGs of 8,192 x 1', frames: times(50, thinPng(8192, 1)), status: 200 },
    { what: 'fifty progressive JPEGs of 2048 x 2048', frames: times(50, large), status: 422 },
    {
      what: 'fifty flat lossless WebPs of 2048 x 2048',
      frames: times(50, await webp(flat(2048, 2048), { lossless: true })),
      status: 422,
    },
    { what: 'a progressive JPEG of 54 scans', frames: [withScans(scans, 44)], status: 200 },
    { what: 'fifty of them', frames: times(50, withScans(scans, 44)), status: 422 },
    { what: 'a PNG of 16 bits, interlaced, 2048 x 2048', frames: [deepPng(2048)], status: 200 },
    { what: 'twenty of them', frames: times(20, deepPng(2048)), status: 422 },
    { what: 'a PNG of 8 x 8 with 5 GB behind it', frames: [trailingPng(5_000)], status: 200 },
    { what: 'a PNG of 600,000 chunks of a byte', frames: [crumbledPng(600_000)], status: 422 },
    {
      what: 'fifty frames, each of another format than the one before',
      frames: Array.from({ length: 50 }, (_, i) => small[i % 3]),
      status: 200,
    },
  ];
}

/** Gzipped, so that it is small on the wire. @returns status and code */
async function send({ url }: Service, frames: Frames): Promise<string> {
  const form = new FormData();
  for (const [i, frame] of frames.entries()) form.append('frames', new Blob([frame]), `${i}`);
  const plain = new Response(form);
  const body = gzipSync(Buffer.from(await plain.clone().arrayBuffer()));
  const headers = { 'content-type': plain.headers.get('content-type') as string, 'content-encoding': 'gzip' };
  const response = await fetch(`${url}/v1/moments`, { method: 'POST', headers, body });
  const { code = '' } = (await response.json()) as { code?: string };
  return `${response.status} ${code}`.trim();
}
