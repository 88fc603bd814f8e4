/** GET /v1/index, GET /healthz: which index is served, and whether it can be. */
import type { Hono } from 'hono';
import { describeRoute } from 'hono-openapi';
import type { EncoderInfo } from '../../index/format/manifest.ts';
import { tagged } from '../etag.ts';
import { takesFrames } from '../grounding/takes-frames.ts';
import { healthOperation, operation } from '../openapi.ts';
import { theIndex, theIndexForAnyone } from '../runtime/current-index.ts';
import { indexAnswer } from '../schema/answer.ts';
import type { Service } from '../service.ts';

export function addService(app: Hono<Service>): void {
  app.get(
    '/v1/index',
    describeRoute(operation('describeIndex', 'Versions, encoders and sizes of the index that is served', indexAnswer)),
    async (c) => {
      const index = await theIndex(c.env);
      const { indexVersion, modelVersion, encoders, model, retrieval, counts } = index.manifest;
      return tagged(c, {
        indexVersion,
        modelVersion,
        publishedAt: index.publishedAt,
        encoders: { image: withoutStatistics(encoders.image), audio: withoutStatistics(encoders.audio) },
        takesFrames: takesFrames(index),
        model,
        retrieval,
        counts,
      });
    },
  );
  app.get('/healthz', describeRoute(healthOperation()), async (c) => {
    const { manifest } = await theIndexForAnyone(c.env);
    c.header('Cache-Control', 'no-store');
    return c.json({ status: 'ok', indexVersion: manifest.indexVersion });
  });
}

const withoutStatistics = ({ name, width, key }: EncoderInfo) => ({ name, width, ...(key ? { key } : {}) });
