import { expect, test } from 'vitest';
import { callerAddress } from '../../../functions/guard/rate-limit.ts';

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:db8::9', '2001:db8:0:0::/64'],
  ['2001:0db8:0000:0002::9', '2001:db8:0:2::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  [undefined, 'unknown'],
])('counts %s as %s', (address, caller) => {
  expect(callerAddress(address)).toBe(caller);
});
