import { expect, test } from 'vitest';
import { signPreview, verifyPreview } from '../../../functions/guard/preview-signature.ts';
import { withKeys } from './keys-for-tests.ts';

const settings = await withKeys({ app: { scopes: ['ground'] } });

test('an address is opened by the signature of its track and index, and equal settings give equal ones', async () => {
  const signature = await signPreview(settings, 'east/1', 'hand00000000');
  expect(signature).toMatch(/^[\w-]{22}$/);
  expect(await signPreview({ ...settings }, 'east/1', 'hand00000000')).toBe(signature);
  await verifyPreview(settings, 'east/1', 'hand00000000', signature);
});

test('nothing else opens it', async () => {
  const signature = (await signPreview(settings, 'east', 'one'))!;
  const changed = (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1);
  const tries: [string, string, string | undefined][] = [
    ['north', 'one', signature],
    ['east', 'two', signature],
    ['one\neast', '', signature],
    ['east', 'one', changed],
    ['east', 'one', signature.slice(0, -1)],
    ['east', 'one', `${signature}=`],
    ['east', 'one', 'é'.repeat(11)],
    ['east', 'one', ''],
    ['east', 'one', undefined],
  ];
  for (const [track, index, given] of tries)
    await expect(verifyPreview(settings, track, index, given)).rejects.toMatchObject({ code: 'signature-invalid' });
});

test('a key that is revoked or added ends the addresses given out before', async () => {
  const signature = await signPreview(settings, 'east', 'one');
  const revoked = await withKeys({ app: { scopes: ['ground'], revoked: true } });
  await expect(verifyPreview(revoked, 'east', 'one', signature)).rejects.toMatchObject({ code: 'signature-invalid' });
});

test('an open service signs nothing and asks for nothing', async () => {
  expect(await signPreview({ ACCESS: 'open' }, 'east', 'one')).toBeUndefined();
  await verifyPreview({ ACCESS: 'open' }, 'east', 'one', undefined);
});

test('a closed service without keys opens nothing', async () => {
  await expect(verifyPreview({}, 'east', 'one', '')).rejects.toMatchObject({ code: 'keys-missing' });
});
