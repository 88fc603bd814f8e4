/** Some routes on an index of a few tracks, without a bundle: what is behind theIndex is replaced by the tests. */
import { Hono } from 'hono';
import { requestId } from 'hono/request-id';
import { PROBLEMS, Problem } from '../../../functions/schema/problem.ts';
import type { Service } from '../../../functions/service.ts';
import type { Track } from '../../../index/format/catalogue.ts';

export function smallApp(add: (app: Hono<Service>) => void): Hono<Service> {
  const app = new Hono<Service>();
  app.use(requestId());
  add(app);
  app.onError((error, c) => {
    if (!(error instanceof Problem)) throw error;
    return c.json({ code: error.code, detail: error.message }, PROBLEMS[error.code].status, error.headers);
  });
  return app;
}

export function track(id: string, more: Partial<Track> = {}): Track {
  return {
    id,
    title: `Title of ${id}`,
    durationMs: 120_000,
    file: `${id}.wav`,
    sha256: '0'.repeat(64),
    segments: 49,
    loudnessLufs: -14,
    peakDb: -1,
    bpm: 120,
    beatConfidence: 0.9,
    beatsPerBar: 4,
    key: { tonic: 'F#', mode: 'minor', confidence: 0.5 },
    ...more,
  };
}
