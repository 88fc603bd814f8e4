import { describe, expect, it } from 'vitest';
import { readApiKeys } from '../../../functions/guard/api-keys.ts';
import type { Problem } from '../../../functions/schema/problem.ts';

/** The hash of "key-of-app". */
const entry = {
  id: 'app',
  sha256: 'ea15307d5014284174761b842f9352a857a93a3b2df3f23b69ac21d8b24ee805',
  scopes: ['ground'],
};

function refusal(text: string | undefined): Problem {
  try {
    readApiKeys(text);
  } catch (error) {
    return error as Problem;
  }
  throw new Error('nothing was refused');
}

describe('API_KEYS', () => {
  it('is read as `cuepoint key new` writes it', () => {
    const [key] = readApiKeys(JSON.stringify([entry]));
    expect(key).toMatchObject({ id: 'app', scopes: ['ground'], revoked: false });
    expect(Array.from(key.sha256, (byte) => byte.toString(16).padStart(2, '0')).join('')).toBe(entry.sha256);
  });

  it.each([undefined, '', ' \n', '[]'])('is missing as %j, and the answer says what to set', (text) => {
    expect(refusal(text)).toMatchObject({
      code: 'keys-missing',
      message: expect.stringContaining('secret put API_KEYS'),
    });
  });

  it.each([
    ['text', 'hunter2', 'not JSON'],
    ['an object', '{}', 'at the top'],
    ['an id with spaces', JSON.stringify([{ ...entry, id: 'a b' }]), 'at 0.id'],
    ['a hash that is too short', JSON.stringify([{ ...entry, sha256: 'ab' }]), 'at 0.sha256'],
    ['an unknown scope', JSON.stringify([{ ...entry, scopes: ['root'] }]), 'at 0.scopes.0'],
    ['no scope', JSON.stringify([{ ...entry, scopes: [] }]), 'at 0.scopes'],
    ['a misspelt "revoked"', JSON.stringify([{ ...entry, revokd: true }]), 'at 0'],
    ['one id twice', JSON.stringify([entry, entry]), 'two entries have one id'],
  ])('is refused when it is %s; what it holds is told to no one', (_what, text, cause) => {
    const problem = refusal(text);
    expect(problem.code).toBe('keys-broken');
    expect(problem.cause).toContain(cause);
    for (const said of [problem.message, String(problem.cause)]) {
      expect(said).not.toContain('hunter2');
      expect(said).not.toContain(entry.sha256);
    }
  });
});
