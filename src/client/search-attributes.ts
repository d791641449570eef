import { isGrpcServiceError, type Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes';

/** `IndexedValueType` of the API: a keyword. */
const KEYWORD = 2;
/** gRPC status codes of a server that does not let us look: 7 permission denied, 12 unimplemented, 16 unauthenticated. */
const NOT_ALLOWED = [7, 12, 16];

/** The names of our search attributes. */
export const ATTRIBUTE_NAMES: readonly string[] = Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name);

/** Whether a failure says that the server does not allow, or does not know, such a call. */
export function isNotAllowed(error: unknown): boolean {
  return error instanceof Error && isGrpcServiceError(error) && NOT_ALLOWED.includes(error.code);
}

/** Which of our search attributes the namespace lacks; one of another type counts as lacking. @throws what the server says */
export async function missingSearchAttributes({ connection, options }: Client): Promise<readonly string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: options.namespace });
  return ATTRIBUTE_NAMES.filter((name) => Number(customAttributes[name]) !== KEYWORD);
}

/** Registers search attributes. Safe to repeat. @throws what the server says, such as that we may not */
export async function registerSearchAttributes(
  { connection, options }: Client,
  names: readonly string[],
): Promise<void> {
  await connection.operatorService.addSearchAttributes({
    namespace: options.namespace,
    searchAttributes: Object.fromEntries(names.map((name) => [name, KEYWORD])),
  });
}
