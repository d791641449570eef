import { defaultGrpcRetryOptions, makeGrpcRetryInterceptor, type ConnectionOptions } from '@temporalio/client';
import { isRenewalStatus } from './failures';

type Interceptors = NonNullable<ConnectionOptions['interceptors']>;
type Interceptor = Interceptors[number];
type Call = ReturnType<Parameters<Interceptor>[1]>;

const RETRY_MS = 20;
const RETRY_MS_MAX = 1_000;
/** gRPC's status of a call that its caller has given up. */
const CANCELLED = 1;

/** A call that ends at once, since its connection is closed. */
function endedCall(): Call {
  const nothing = (): void => undefined;
  const start: Call['start'] = (metadata, listener) => {
    listener?.onReceiveStatus?.({ code: CANCELLED, details: 'the connection was closed', metadata });
  };
  return {
    start,
    sendMessage: nothing,
    halfClose: nothing,
    cancelWithStatus: nothing,
    getPeer: () => '',
  } as unknown as Call;
}

/**
 * Ends a call that is tried again after its connection was closed: that happens in a timer of the SDK, where what the closed
 * connection throws would end the process.
 */
function closing(): Interceptor {
  const tried = new WeakSet();
  const guard: (...given: Parameters<Interceptor>) => Call = (options, nextCall) => {
    const isAgain = tried.has(options);
    tried.add(options);
    try {
      return nextCall(options);
    } catch (error) {
      if (!isAgain) throw error;
      return endedCall();
    }
  };
  // The type names a class of gRPC; what it uses is the interface.
  return guard as Interceptor;
}

/**
 * Tries calls again as the SDK does, but for a receiver that is being renewed: the SDK waits 1.7 s and more when resources
 * are exhausted, which is what the server says then, and a renewal takes milliseconds.
 */
export function retrying(): Interceptors {
  const usual = defaultGrpcRetryOptions();
  const delayFunction: typeof usual.delayFunction = (attempt, status) =>
    isRenewalStatus(status)
      ? Math.min(RETRY_MS * 2 ** (attempt - 1), RETRY_MS_MAX)
      : usual.delayFunction(attempt, status);
  return [makeGrpcRetryInterceptor({ ...usual, delayFunction }), closing()];
}
