/** A service of two tracks that answers as the real one does, by its own code where that says how things are mixed. It notes what it was asked. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mixOf } from '../../../index/moment/mix.ts';
import { openService, type Service } from '../../../offline/service-client/service.ts';

export interface ServiceDouble {
  service: Service;
  url: string;
  asked: { path: string; body: Record<string, unknown> }[];
  close(): Promise<void>;
}

export interface DoubleTrack {
  id: string;
  title: string;
  /** null has no preview. */
  sound: Uint8Array | null;
  licence?: string;
}

/** Moments begin at 3 s, the first track's first. */
export async function startDouble(tracks: readonly DoubleTrack[]): Promise<ServiceDouble> {
  const asked: ServiceDouble['asked'] = [];
  const server = createServer((request, response) => {
    const pieces: Uint8Array[] = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
      const path = new URL(request.url!, 'http://x').pathname;
      const text = Buffer.concat(pieces).toString();
      const body = text ? JSON.parse(text) : {};
      asked.push({ path, body });
      const { status, type, bytes } = answer(path, body, tracks);
      response.writeHead(status, { 'content-type': type }).end(bytes);
    });
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ url, asked, service: openService(url) },
    close: () => new Promise((settle) => server.close(() => settle())),
  };
}

function answer(path: string, body: Record<string, unknown>, tracks: readonly DoubleTrack[]) {
  const json = (value: object, status = 200) => ({ status, type: 'application/json', bytes: JSON.stringify(value) });
  const [, of, rest] = /^\/v1\/tracks\/([^/]+)(\/\w+)?$/.exec(path) ?? [];
  const track = tracks.find(({ id }) => id === of);
  if (path === '/v1/index')
    return json({
      encoders: { image: { name: 'basic-frames', width: 66 } },
      takesFrames: true,
      model: { maxFrames: 50 },
    });
  if (path === '/v1/tracks') return json({ indexVersion: 'double', tracks: tracks.map(factsOf) });
  if (of && !track)
    return json({ code: 'track-unknown', detail: `track: expected one of the index, got "${of}".` }, 404);
  if (rest === '/preview') return { status: 200, type: 'audio/wav', bytes: track!.sound! };
  if (rest === '/moments') return json({ moments: [momentOf(track!, body)] });
  if (track) return json(factsOf(track));
  if (path === '/v1/moments')
    return json({ moments: tracks.slice(0, body.k as number).map((one) => momentOf(one, body)) });
  return json({ code: 'path-unknown', detail: 'no such path' }, 404);
}

const factsOf = ({ id, title, sound, licence }: DoubleTrack) => ({
  ...{ id, title, artist: 'Ada', durationMs: 20_000, licence, bpm: 120, key: null },
  previewUrl: sound ? `/v1/tracks/${id}/preview` : null,
});

function momentOf(track: DoubleTrack, { durationMs, speechMs, cutsMs }: Record<string, unknown>) {
  const clipMs = durationMs as number;
  const span = { startMs: 3000, endMs: 3000 + clipMs };
  const fade = { inMs: 10, outMs: 10 };
  const asked = speechMs as [number, number][] | undefined;
  const mix = asked && mixOf({ clipMs, moment: span, fade, gainDb: 6, speechMs: asked });
  return {
    ...{ ...span, fade, gainDb: 6, mix, track: factsOf(track), rank: 1, snap: { kind: 'beat', shiftMs: 0 } },
    ...{ cuts: ((cutsMs ?? []) as number[]).map((atMs) => ({ atMs, beatMs: atMs, offMs: 0 })), cutsOnBeat: 1 },
    beats: { beatsMs: [0, 500, 1000], downbeatsMs: [0] },
  };
}
