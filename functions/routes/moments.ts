/**
 * POST /v1/moments and POST /v1/tracks/:id/moments: the two questions the service exists for.
 *
 * "Which moment of the library suits this clip?" and "I have the song: which moment of it?". Reading the request is left to
 * clip-request.ts and clip.ts, answering it to ground.ts; here they are put together and timed.
 */
import type { Context, Hono } from 'hono';
import { describeRoute } from 'hono-openapi';
import { FilterError } from '../../index/search/filter.ts';
import { type ReadClip, readClip } from '../clip.ts';
import { type FramesRequest, readClipRequest, type TokensRequest } from '../clip-request.ts';
import { describeMoment } from '../describe-moment.ts';
import { tagged } from '../etag.ts';
import { type Asked, type Grounding, groundInCatalogue, groundInTrack } from '../ground.ts';
import type { OpenIndex } from '../grounding/open-index.ts';
import { STAGES } from '../grounding/stopwatch.ts';
import { TasteError } from '../grounding/taste.ts';
import { callerOf } from '../guard/bodies.ts';
import { groundingQueue } from '../guard/grounding-queue.ts';
import { chargeRate } from '../guard/rate-limit.ts';
import { momentsOperation } from '../openapi.ts';
import { previewUrl } from '../preview-url.ts';
import { readClock } from '../runtime/clock.ts';
import { workerDecoders } from '../runtime/codecs.ts';
import { leaseIndex } from '../runtime/current-index.ts';
import type { MomentAnswer, MomentsAnswer } from '../schema/answer.ts';
import { Problem } from '../schema/problem.ts';
import type { Service } from '../service.ts';
import { theTrack } from './tracks.ts';

export function addMoments(app: Hono<Service>): void {
  app.post(
    '/v1/moments',
    describeRoute(momentsOperation('groundInCatalogue', 'The best moments of the whole index for a clip')),
    (c) => answer(c, groundInCatalogue),
  );
  app.post(
    '/v1/tracks/:id/moments',
    describeRoute(momentsOperation('groundInTrack', 'The moment of one given track for a clip', ['track-unknown'])),
    (c) =>
      answer(c, async (index, asked) => groundInTrack(index, asked, (await theTrack(index, c.req.param('id'))).label)),
  );
}

type Ground = (index: OpenIndex, asked: Asked) => Promise<Grounding>;

/** The request waits for its turn to compute with its body read, and gives the turn back when its client goes away. */
async function answer(c: Context<Service>, ground: Ground): Promise<Response> {
  const start = await readClock();
  const { raw } = c.req;
  return groundingQueue.run(
    raw.signal,
    callerOf(c),
    (seat) => readClipRequest(raw, seat),
    async (request) => {
      const { index, release } = await leaseIndex(c.env);
      // When the client goes away workerd drops the request where it stands, `finally` and all; its signal still fires.
      raw.signal.addEventListener('abort', () => void release(), { once: true });
      try {
        const read = await readClip(request, index, {
          decoders: workerDecoders(),
          now: readClock,
          charge: (requests) => chargeRate(c, requests),
        });
        const asked: Asked = { clip: read.clip, options: request.options, now: readClock, signal: raw.signal };
        const { times, ...grounded } = await ground(index, asked).catch((error: unknown) => {
          if (error instanceof TasteError) throw new Problem('taste-unknown', error.message);
          throw error instanceof FilterError ? new Problem('filters-invalid', error.message) : error;
        });
        const stages = { ...read.times, ...times, total: (await readClock()) - start };
        c.set('stages', stages);
        c.set('indexVersion', index.manifest.indexVersion);
        c.header('Server-Timing', serverTiming(stages));
        return await tagged(c, await describe(c.env, index, request, read, grounded));
      } finally {
        await release();
      }
    },
  );
}

async function describe(
  settings: Service['Bindings'],
  { manifest }: OpenIndex,
  { options }: FramesRequest | TokensRequest,
  { clip, frames }: ReadClip,
  { moments, taste }: Omit<Grounding, 'times'>,
): Promise<MomentsAnswer> {
  const { indexVersion, modelVersion, encoders, model } = manifest;
  const described: MomentAnswer[] = [];
  for (const moment of moments)
    described.push(describeMoment(moment, model.strideSec, await previewUrl(settings, moment.track, indexVersion)));
  return {
    indexVersion,
    modelVersion,
    encoder: encoders.image.name,
    clip: { frames, durationMs: clip.durationMs, lookedAtMs: Math.min(clip.durationMs, frames * 1000) }, // a frame a second
    fit: options.fit,
    ...(taste && { taste }),
    moments: described,
  };
}

/** https://www.w3.org/TR/server-timing/: milliseconds per stage, in the order the stages run. */
function serverTiming(times: Partial<Record<string, number>>): string {
  return ['decode', 'embed', ...STAGES, 'total']
    .map((stage) => `${stage};dur=${(times[stage] ?? 0).toFixed(1)}`)
    .join(', ');
}
