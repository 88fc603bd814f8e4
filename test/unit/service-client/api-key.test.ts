import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { addEntry, makeApiKey, revokeEntry } from '../../../offline/service-client/api-key.ts';

const random = Uint8Array.from({ length: 32 }, (_, i) => i);
const { key, entry } = makeApiKey('app', 'ground, feedback', random);

describe('a new key', () => {
  it('is its random bytes, and its entry has no more than its hash', () => {
    expect(key).toBe(`cue_${Buffer.from(random).toString('base64url')}`);
    expect(entry).toEqual({
      id: 'app',
      sha256: createHash('sha256').update(key).digest('hex'),
      scopes: ['ground', 'feedback'],
    });
  });

  it.each([
    ['', 'ground', '--id: expected'],
    ['a b', 'ground', '--id: expected'],
    ['app', 'grond', '--scopes: expected some of ground,feedback,metrics, got "grond"'],
    ['app', '', '--scopes: expected'],
  ])('is not made for id %j and scopes %j', (id, scopes, sentence) => {
    expect(() => makeApiKey(id, scopes, random)).toThrow(sentence);
  });
});

describe('the list of entries', () => {
  const list = addEntry('[]', entry);

  it('gets one more, each on a line of its own', () => {
    const both = addEntry(list, { ...entry, id: 'web' });
    expect(JSON.parse(both)).toEqual([entry, { ...entry, id: 'web' }]);
    expect(both.split('\n')).toHaveLength(5); // [, two entries, ], and the end
  });

  it('has each id once', () => {
    expect(() => addEntry(list, entry)).toThrow('got "app", which the file has');
  });

  it('keeps a revoked entry, so that its id is not given out again', () => {
    expect(JSON.parse(revokeEntry(list, 'app'))).toEqual([{ ...entry, revoked: true }]);
    expect(() => revokeEntry(list, 'web')).toThrow('expected one of the file (app), got "web"');
  });

  it('is refused when it is none, and never written over', () => {
    for (const text of ['', '{}', '[1]', 'x']) expect(() => addEntry(text, entry)).toThrow('keys file: expected');
  });
});
