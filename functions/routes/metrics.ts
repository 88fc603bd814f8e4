/** GET /metrics: what this isolate has done, for Prometheus or a look. A key needs the scope `metrics`. */
import type { Hono } from 'hono';
import { describeRoute } from 'hono-openapi';
import { groundingQueue } from '../guard/grounding-queue.ts';
import { metrics } from '../guard/metrics.ts';
import { metricsOperation } from '../openapi.ts';
import { heldIndex } from '../runtime/current-index.ts';
import { memoryGauges } from '../runtime/memory.ts';
import type { Service } from '../service.ts';

/** https://prometheus.io/docs/instrumenting/exposition_formats/#basic-info */
const TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function addMetrics(app: Hono<Service>): void {
  app.get('/metrics', describeRoute(metricsOperation()), (c) =>
    c.text(metrics.text({ ...queueGauges(), ...memoryGauges(heldIndex()) }), 200, {
      'Content-Type': TYPE,
      'Cache-Control': 'no-store',
    }),
  );
}

function queueGauges(): Record<string, number> {
  const { running, waiting, bytes, refused } = groundingQueue.load();
  return {
    'queue_requests{state="running"}': running,
    'queue_requests{state="waiting"}': waiting,
    queue_body_bytes: bytes,
    queue_refused_total: refused,
  };
}
