/**
 * A foreign name as one of ours, at most 64 characters: what a name here may not have becomes an underscore.
 *
 * @param odd characters that it may not have, all of them
 * @param initial what comes before one that does not begin with a letter
 */
export function nameHere(theirs: string, odd: RegExp, initial: string): string {
  const plain = theirs.replace(odd, '_').slice(0, 64);
  return /^[A-Za-z]/.test(plain) ? plain : `${initial}${plain}`.slice(0, 64);
}
