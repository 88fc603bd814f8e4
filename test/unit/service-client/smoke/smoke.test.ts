import { describe, expect, it } from 'vitest';
import { openService } from '../../../../offline/service-client/service.ts';
import type { Check, Result } from '../../../../offline/service-client/smoke/check.ts';
import { refusalChecks } from '../../../../offline/service-client/smoke/checks/refusals.ts';
import { CHECKS, runSmoke } from '../../../../offline/service-client/smoke/smoke.ts';
import { type DoubleOptions, startDouble } from './double.ts';
import { FAULTS, PROBLEM_FAULTS } from './faults.ts';

const KEY = 'cp_a-key';

async function smokeOf(
  options: DoubleOptions,
  checks: readonly Check[] = CHECKS,
  key = options.key,
): Promise<Result[]> {
  const double = await startDouble(options);
  try {
    return await runSmoke({ service: openService(double.url, key), checks });
  } finally {
    await double.close();
  }
}

const named = (name: string): Check => {
  const check = CHECKS.find((one) => one.name === name);
  if (!check) throw new Error(`no check "${name}"`);
  return check;
};
const failed = (results: readonly Result[]): Result[] => results.filter(({ outcome }) => outcome === 'failed');

describe('a smoke test', () => {
  it('finds nothing wrong with a service that keeps its promises', async () => {
    const results = await smokeOf({ key: KEY });
    expect(failed(results)).toEqual([]);
    expect(results.map(({ check }) => check)).toEqual(CHECKS.map(({ name }) => name));
    expect(results.filter(({ outcome }) => outcome === 'beside')).toEqual([]);
  });

  it('says aloud when a service is open to everyone, and that there are then no signatures', async () => {
    const results = await smokeOf({});
    expect(failed(results)).toEqual([]);
    const access = results.find(({ check }) => check.startsWith('a wrong key'));
    expect(access?.note).toMatch(/^OPEN TO EVERYONE/);
    expect(results.filter(({ outcome }) => outcome === 'beside')).toMatchObject([
      { check: "a preview's address cannot be made up", note: 'the service is open to everyone' },
    ]);
  });

  it('is content with a service that has no place for feedback', async () => {
    const [kept] = await smokeOf({ takesFeedback: false }, [
      named('feedback is kept, or refused where there is no place for it'),
    ]);
    expect(kept).toMatchObject({ outcome: 'ok', note: 'the service has no place for feedback' });
  });

  it('fails without the key that a service wants, and says so', async () => {
    const results = await smokeOf({ key: KEY }, CHECKS, 'another');
    expect(results.find(({ check }) => check.startsWith('a wrong key'))).toMatchObject({
      outcome: 'failed',
      expected: 'the key of this run (--key) to be let in',
    });
    expect(results.find(({ check }) => check === 'GET /docs is a page')?.outcome).toBe('ok');
  });

  it('fails in every check where nobody listens', async () => {
    const double = await startDouble();
    await double.close();
    const results = await runSmoke({ service: openService(double.url) });
    expect(failed(results)).toHaveLength(CHECKS.length);
    expect(results[0].got).toMatch(/an answer to GET \/healthz, got none/);
  });

  it('refuses an address that is none', () => {
    expect(() => openService('localhost:8787')).toThrow(/expected an address such as https/);
  });

  it.each(FAULTS)('fails in "%s" for %s', async (name, _fault, breaking) => {
    const [result] = await smokeOf({ key: KEY, breaking }, [named(name)]);
    expect(result).toMatchObject({ outcome: 'failed', expected: expect.any(String), got: expect.any(String) });
    expect(result.got).not.toMatch(/TypeError/);
  });

  it.each(PROBLEM_FAULTS)('fails in every refusal for %s', async (_fault, breaking) => {
    expect(failed(await smokeOf({ key: KEY, breaking }, refusalChecks))).toHaveLength(refusalChecks.length);
  });

  it('can fail in each of its checks', () => {
    const broken = new Set([...FAULTS.map(([name]) => name), ...refusalChecks.map(({ name }) => name)]);
    expect(CHECKS.map(({ name }) => name).filter((name) => !broken.has(name))).toEqual([]);
  });
});
