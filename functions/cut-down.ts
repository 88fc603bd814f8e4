/**
 * Bounds what a request can make its checks cost: zod looks at every item of a list and every member of an object before it looks at how
 * many there are, and keeps a complaint of each.
 */

/** Items and members that any field of a request takes at most: tracks to leave out (schema/request.ts). */
const MOST = 1000;
/** Levels of the deepest field. What is deeper is not looked at by any schema. */
const DEEPEST = 8;

/** @returns the value where nothing in it is too long; else one that is still too long, but by one */
export function cutDown(value: unknown, deepest = DEEPEST): unknown {
  if (typeof value !== 'object' || value === null || deepest === 0) return value;
  if (Array.isArray(value)) {
    const items = value.slice(0, MOST + 1);
    const cut = items.map((item) => cutDown(item, deepest - 1));
    return value.length <= MOST && cut.every((item, i) => item === items[i]) ? value : cut;
  }
  const members: [string, unknown][] = [];
  let isWhole = true;
  for (const name in value) {
    if (members.length > MOST) return Object.fromEntries(members);
    const member = (value as Record<string, unknown>)[name];
    const cut = cutDown(member, deepest - 1);
    isWhole &&= cut === member;
    members.push([name, cut]);
  }
  return isWhole ? value : Object.fromEntries(members);
}
