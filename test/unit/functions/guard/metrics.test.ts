import { expect, test } from 'vitest';
import { createMetrics } from '../../../../functions/guard/metrics.ts';

test('counts requests by route and class of status, problems by code, and times in buckets that add up', () => {
  const metrics = createMetrics();
  const route = '/v1/moments';
  metrics.observe({ method: 'POST', route, status: 200, ms: 34, stages: { moment: 20, search: 0.5 } });
  metrics.observe({ method: 'POST', route, status: 200, ms: 36 });
  metrics.observe({ method: 'POST', route, status: 422, ms: 9000, code: 'k-out-of-range' });
  const lines = metrics.text({ 'queue_requests{state="waiting"}': 3 }).split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      '# TYPE cuepoint_requests_total counter',
      'cuepoint_requests_total{method="POST",route="/v1/moments",status="2xx"} 2',
      'cuepoint_requests_total{method="POST",route="/v1/moments",status="4xx"} 1',
      'cuepoint_problems_total{code="k-out-of-range"} 1',
      '# TYPE cuepoint_request_seconds histogram',
      'cuepoint_request_seconds_bucket{route="/v1/moments",le="0.02"} 0',
      'cuepoint_request_seconds_bucket{route="/v1/moments",le="0.035"} 1',
      'cuepoint_request_seconds_bucket{route="/v1/moments",le="0.05"} 2',
      'cuepoint_request_seconds_bucket{route="/v1/moments",le="5"} 2',
      'cuepoint_request_seconds_bucket{route="/v1/moments",le="+Inf"} 3',
      'cuepoint_request_seconds_sum{route="/v1/moments"} 9.07',
      'cuepoint_request_seconds_count{route="/v1/moments"} 3',
      'cuepoint_stage_seconds_sum{stage="search"} 0.0005',
      'cuepoint_stage_seconds_count{stage="moment"} 1',
      'cuepoint_queue_requests{state="waiting"} 3',
    ]),
  );
  expect(lines.at(-1)).toBe(''); // the format asks for a line feed at the end
  for (const line of lines.slice(0, -1)) expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+\{.+\} [\d.]+)$/);
});
