/**
 * What this isolate has done since it started, as counters and histograms in Prometheus's text format
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 *
 * A Worker runs in many isolates and /metrics reaches any one of them: good for a look, and for a service that is asked seldom.
 * Totals over all isolates come from the lines of access-log.ts. Labels are routes, stages and codes, which are few.
 */

export interface Observed {
  method: string;
  /** The pattern, never the path. */
  route: string;
  status: number;
  ms: number;
  stages?: Readonly<Record<string, number>>;
  /** Of the problem, where there was one. */
  code?: string;
}

export interface Metrics {
  observe(request: Observed): void;
  /** @param gauges further values of this moment by name, such as `queue_requests{state="waiting"}` */
  text(gauges: Readonly<Record<string, number>>): string;
}

/** Upper bounds in seconds: from an answer out of the cache to one that opens the index first. */
const BOUNDS_SEC = [0.005, 0.01, 0.02, 0.035, 0.05, 0.09, 0.15, 0.3, 0.6, 1.5, 5];

interface Histogram {
  /** Per bound, how many were at most that; the last one counts all. */
  counts: number[];
  sumSec: number;
}

export function createMetrics(): Metrics {
  const requests = new Map<string, number>();
  const problems = new Map<string, number>();
  const durations = new Map<string, Histogram>();
  const stages = new Map<string, Histogram>();

  function observe({ method, route, status, ms, stages: times = {}, code }: Observed): void {
    increase(requests, labels({ method, route, status: `${Math.floor(status / 100)}xx` }));
    if (code) increase(problems, labels({ code }));
    add(durations, `route="${route}"`, ms);
    for (const [stage, stageMs] of Object.entries(times)) add(stages, `stage="${stage}"`, stageMs);
  }

  const text: Metrics['text'] = (gauges) =>
    [
      ...counter('cuepoint_requests_total', 'Requests answered by this isolate.', requests),
      ...counter('cuepoint_problems_total', 'Answers with a problem, by its code.', problems),
      ...histogram('cuepoint_request_seconds', 'From a request to its answer.', durations),
      ...histogram('cuepoint_stage_seconds', 'The stages of grounding, as in Server-Timing.', stages),
      ...gaugeLines(gauges),
    ].join('\n');

  return { observe, text };
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function add(histograms: Map<string, Histogram>, key: string, ms: number): void {
  let found = histograms.get(key);
  if (!found) {
    found = { counts: Array<number>(BOUNDS_SEC.length + 1).fill(0), sumSec: 0 };
    histograms.set(key, found);
  }
  for (const [i, bound] of BOUNDS_SEC.entries()) if (ms <= bound * 1000) found.counts[i]++;
  found.counts[BOUNDS_SEC.length]++;
  found.sumSec += ms / 1000;
}

function labels(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',');
}

function counter(name: string, help: string, counts: ReadonlyMap<string, number>): string[] {
  const lines = [...counts].map(([key, count]) => `${name}{${key}} ${count}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} counter`, ...lines];
}

function histogram(name: string, help: string, histograms: ReadonlyMap<string, Histogram>): string[] {
  const lines = [...histograms].flatMap(([key, { counts, sumSec }]) => [
    ...counts.map((count, i) => `${name}_bucket{${key},le="${BOUNDS_SEC[i] ?? '+Inf'}"} ${count}`),
    `${name}_sum{${key}} ${Number(sumSec.toFixed(6))}`,
    `${name}_count{${key}} ${counts.at(-1)}`,
  ]);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...lines];
}

function gaugeLines(gauges: Readonly<Record<string, number>>): string[] {
  return [...Object.entries(gauges).map(([name, value]) => `cuepoint_${name} ${value}`), ''];
}

/** The isolate's. */
export const metrics = createMetrics();
