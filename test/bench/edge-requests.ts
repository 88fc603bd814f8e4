/** Questions to a Worker over HTTP, and how long each stage of an answer took by its Server-Timing. */
import type { Clip } from '../../functions/grounding/options.ts';

export const STAGES = ['decode', 'embed', 'enhance', 'search', 'load', 'relevance', 'moment', 'place'] as const;
type Stage = (typeof STAGES)[number];
/**
 * `total` is the Worker's own, from before it reads the body; `rest` what of it is in no stage; `http` what the client waited for;
 * `besides` all of total but the decoder.
 */
export const COLUMNS = [...STAGES, 'rest', 'besides', 'total', 'http'] as const;
export type Times = Record<(typeof COLUMNS)[number], number>;

export interface Asked {
  body: Uint8Array<ArrayBuffer> | FormData;
  type?: string;
  query: string;
}

/** The tokens as bytes, as an app on a phone would send them: float16, about 25 kB a clip. */
export function tokensRequest({ tokens, durationMs }: Clip, encoder: string, width: number, k: number): Asked {
  const query = new URLSearchParams({
    encoder,
    durationMs: String(durationMs),
    shape: `${tokens.length / width},${width}`,
    dtype: 'float16',
    k: String(k),
  });
  return { body: Uint8Array.from(new Uint8Array(new Float16Array(tokens).buffer)), type: OCTETS, query: `?${query}` };
}

const OCTETS = 'application/octet-stream';

/** One JPEG per second of the clip. */
export function framesRequest(frames: readonly Uint8Array[], k: number): Asked {
  const form = new FormData();
  for (const [i, frame] of frames.entries()) form.append('frames', new Blob([Uint8Array.from(frame)]), `${i}.jpg`);
  form.append('k', String(k));
  return { body: form, query: '' };
}

/** @throws Error with the answer when it is not 200 */
export async function ask(url: string, { body, type, query }: Asked): Promise<Times> {
  const start = performance.now();
  const headers: Record<string, string> = type ? { 'Content-Type': type } : {};
  const response = await fetch(`${url}/v1/moments${query}`, { method: 'POST', body, headers });
  const text = await response.text();
  const http = performance.now() - start;
  if (!response.ok) throw new Error(`bench: expected 200, got ${response.status}: ${text}`);
  return timesOf(response.headers.get('server-timing') ?? '', http);
}

function timesOf(header: string, http: number): Times {
  const found = new Map(
    header.split(', ').map((entry) => {
      const [name, duration] = entry.split(';dur=');
      return [name, Number(duration)];
    }),
  );
  const of = (stage: Stage | 'total'): number => found.get(stage) ?? 0;
  const stages = Object.fromEntries(STAGES.map((stage) => [stage, of(stage)])) as Record<Stage, number>;
  const total = of('total');
  const rest = total - STAGES.reduce((sum, stage) => sum + stages[stage], 0);
  return { ...stages, rest, besides: total - stages.moment, total, http };
}

/** By nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** The values of /metrics by name and labels. */
export async function readMetrics(url: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at).replace(/^cuepoint_/, ''), Number(line.slice(at + 1))];
    }),
  );
}
