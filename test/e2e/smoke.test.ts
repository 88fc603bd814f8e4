/** `cuepoint smoke` against the production bundle: as a person runs it, and with keys. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import type { Result } from '../../offline/service-client/smoke/check.ts';
import { CHECKS } from '../../offline/service-client/smoke/smoke.ts';
import { runCuepoint } from '../unit/commands/run-cuepoint.ts';
import { type Ended, startCuepoint } from '../unit/commands/start-cuepoint.ts';
import { type RunningService, type Settings, startService } from './service.ts';

const frames = join(import.meta.dirname, '../.tmp/tiny-world/clips/clip-000');

interface Smoked {
  code: number | null;
  results: Result[];
}

/** In a process of its own, as a person runs it. */
const smokeAlone = async (...args: string[]) => resultsOf(await startCuepoint(['smoke', ...args]).ended);
const smoke = async (...args: string[]) => resultsOf(await runCuepoint(['smoke', ...args]));

function resultsOf({ code, out, err }: Ended): Smoked {
  expect(err).toBe('');
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Result);
  return { code, results: lines.slice(0, -1) };
}

const failed = (results: readonly Result[]): Result[] => results.filter(({ outcome }) => outcome === 'failed');

async function withService(name: string, settings: Settings, use: (service: RunningService) => Promise<void>) {
  const service = await startService(name, inject('tinyBundle'), settings);
  try {
    await use(service);
  } finally {
    await service.close();
  }
}

it('finds nothing wrong with the service as it is built, open to everyone', async () => {
  await withService('smoke-open', {}, async ({ url }) => {
    const { code, results } = await smokeAlone(url, '--clip', frames);
    expect(failed(results)).toEqual([]);
    expect(code).toBe(0);
    expect(results).toHaveLength(CHECKS.length);
    expect(results.find(({ check }) => check === 'frames are answered')?.note).toMatch(
      /as the tokens made of them here/,
    );
  });
});

it('finds nothing wrong with a service that wants keys, and much without one', async () => {
  const key = 'cp_smoke';
  const sha256 = createHash('sha256').update(key).digest('hex');
  const vars = { ACCESS: 'keys', API_KEYS: JSON.stringify([{ id: 'smoke', sha256, scopes: ['ground'] }]) };
  await withService('smoke-keys', { vars }, async ({ url }) => {
    const own = await smoke(url, '--key', key);
    expect(failed(own.results)).toEqual([]);
    const none = await smoke(url);
    expect(none.code).toBe(1);
    expect(failed(none.results).length).toBeGreaterThan(10);
  });
});
