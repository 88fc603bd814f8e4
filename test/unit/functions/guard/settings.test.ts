import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unstable_readConfig } from 'wrangler';

test('wrangler.toml says of the limit what the binding has', () => {
  const { vars, ratelimits } = unstable_readConfig({ config: join(import.meta.dirname, '../../../../wrangler.toml') });
  const [{ name, simple }] = ratelimits;
  expect(name).toBe('RATE_LIMIT');
  expect(vars).toMatchObject({ RATE_LIMIT_QUOTA: simple.limit, RATE_LIMIT_WINDOW_SEC: simple.period });
});

test('wrangler.toml asks for keys, and for the signal that the queue needs', () => {
  const config = unstable_readConfig({ config: join(import.meta.dirname, '../../../../wrangler.toml') });
  expect(config.vars.ACCESS).toBe('keys');
  expect(config.compatibility_flags).toContain('enable_request_signal');
});
