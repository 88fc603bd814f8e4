import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unstable_readConfig } from 'wrangler';

const { vars, ratelimits, compatibility_flags } = unstable_readConfig({
  config: join(import.meta.dirname, '../../../../wrangler.toml'),
});

test('wrangler.toml binds both limits, of a period that the platform has, and each counts by itself', () => {
  expect(ratelimits.map(({ name }: { name: string }) => name)).toEqual(['RATE_LIMIT', 'REFUSAL_LIMIT']);
  expect(new Set(ratelimits.map(({ namespace_id }: { namespace_id: string }) => namespace_id)).size).toBe(2);
  for (const { simple } of ratelimits) expect([10, 60]).toContain(simple.period);
});

test('wrangler.toml says of the limit what the binding has', () => {
  const { limit, period } = ratelimits[0].simple;
  expect(vars).toMatchObject({ RATE_LIMIT_QUOTA: limit, RATE_LIMIT_WINDOW_SEC: period });
});

test('wrangler.toml lets fewer refusals through than requests', () => {
  expect(ratelimits[1].simple.limit).toBeLessThan(ratelimits[0].simple.limit);
});

test('wrangler.toml asks for keys, and for the signal that the queue needs', () => {
  expect(vars.ACCESS).toBe('keys');
  expect(compatibility_flags).toContain('enable_request_signal');
});
