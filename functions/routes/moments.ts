/**
 * POST /v1/moments and POST /v1/tracks/:id/moments: the two questions the service exists for.
 *
 * "Which moment of the library suits this clip?" and "I have the song: which moment of it?". Reading the request is left to
 * clip-request.ts and clip.ts, answering it to ground.ts; here they are put together and timed.
 */
import type { Context, Hono } from 'hono';
import { describeRoute } from 'hono-openapi';
import type { Service } from '../app.ts';
import { type ReadClip, readClip } from '../clip.ts';
import { readClipRequest } from '../clip-request.ts';
import { type Grounding, groundInCatalogue, groundInTrack, type OpenIndex, STAGES } from '../ground.ts';
import { momentsOperation } from '../openapi.ts';
import { Problem, quote } from '../problem.ts';
import { theIndex } from '../runtime/bundle.ts';
import { readClock } from '../runtime/clock.ts';
import { workerDecoders } from '../runtime/codecs.ts';
import type { MomentsAnswer } from '../schema.ts';

export function addMoments(app: Hono<Service>): void {
  app.post(
    '/v1/moments',
    describeRoute(momentsOperation('groundInCatalogue', 'The best moments of the whole index for a clip')),
    (c) => answer(c, (index, { clip }, k) => groundInCatalogue(index, clip, k, readClock)),
  );
  app.post(
    '/v1/tracks/:id/moments',
    describeRoute(momentsOperation('groundInTrack', 'The moment of one given track for a clip', ['track-unknown'])),
    (c) =>
      answer(c, (index, { clip }) => {
        const id = c.req.param('id');
        const label = index.tracks.findIndex((track) => track.id === id);
        if (label < 0)
          throw new Problem(
            'track-unknown',
            `track: expected the id of an indexed track, got ${quote(id)}. Answers of POST /v1/moments name the tracks.`,
          );
        return groundInTrack(index, clip, label, readClock);
      }),
  );
}

async function answer(
  c: Context<Service>,
  ground: (index: OpenIndex, read: ReadClip, k: number) => Promise<Grounding>,
): Promise<Response> {
  const start = await readClock();
  const request = await readClipRequest(c.req.raw);
  const index = await theIndex(c.env.ASSETS);
  const read = await readClip(request, index, workerDecoders(), readClock);
  const { moments, times } = await ground(index, read, request.k);
  const { indexVersion, modelVersion, encoders } = index.manifest;
  const body: MomentsAnswer = {
    indexVersion,
    modelVersion,
    encoder: encoders.image.name,
    clip: { frames: read.frames, durationMs: read.clip.durationMs },
    fit: read.clip.fit,
    moments: moments.map(({ rank, track, startMs, endMs, predicted, relevance }) => ({
      rank,
      track: { id: track.id, title: track.title, durationMs: track.durationMs },
      startMs,
      endMs,
      predicted,
      relevance: Number(relevance.toFixed(6)), // float32 has no more to say
    })),
  };
  c.header('Server-Timing', serverTiming({ ...read.times, ...times, total: (await readClock()) - start }));
  return c.json(body);
}

/** https://www.w3.org/TR/server-timing/: milliseconds per stage, in the order the stages run. */
function serverTiming(times: Partial<Record<string, number>>): string {
  return ['decode', 'embed', ...STAGES, 'total']
    .map((stage) => `${stage};dur=${(times[stage] ?? 0).toFixed(1)}`)
    .join(', ');
}
