import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context, type Span } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  AlwaysOnSampler,
  RandomIdGenerator,
  type IdGenerator,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Logger } from 'pino';
import { reasonOf } from '../platform/reason.js';
import { slipwayVersion } from '../platform/version.js';
import { parseTraceparent, type OpenSpan, type SpanDetails, type Spans } from '../platform/spans.js';

/** The longest that a batch of spans, and so a stop, waits for the collector. */
const TIMEOUT_MS = 3_000;
/** So often it is said that spans are lost. */
const SAID_EVERY_MS = 60_000;

const KIND = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL };

interface UnderWay {
  readonly span: Span;
  /** What events are stored with meanwhile. */
  readonly traceparent: string;
}

/**
 * Spans for a collector that speaks OTLP over HTTP (https://opentelemetry.io/docs/specs/otlp/). They leave in batches, behind;
 * while the collector is away they are dropped, and nothing waits for it.
 */
export class OtlpSpans implements Spans {
  private readonly underWay = new AsyncLocalStorage<UnderWay>();
  private readonly ids = new ChosenIds();
  private readonly provider: BasicTracerProvider;
  private readonly tracer;

  /**
   * Headers for the collector are read from `OTEL_EXPORTER_OTLP_HEADERS`.
   * @param endpoint the collector's address, without `/v1/traces`
   * @param role what tells this process from others of the service
   */
  constructor(endpoint: string, role: string, log: Logger) {
    const version = slipwayVersion();
    const exporter = new TellingExporter(
      new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces`, timeoutMillis: TIMEOUT_MS }),
      log,
    );
    this.provider = new BasicTracerProvider({
      resource: resourceFromAttributes({
        'service.name': 'slipway',
        'service.version': version,
        'service.instance.id': role,
      }),
      sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
      idGenerator: this.ids,
      spanProcessors: [new BatchSpanProcessor(exporter)],
    });
    this.tracer = this.provider.getTracer('slipway', version);
  }

  begin(details: SpanDetails): OpenSpan {
    const parent = this.parentOf(details);
    if (parent === null) this.ids.next = details.traceId;
    const span = this.open(details, parent ?? ROOT_CONTEXT);
    const own: UnderWay = { span, traceparent: traceparentOf(span) };
    return {
      run: (work) => this.underWay.run(own, work),
      end: (name, attributes, isFailed) => {
        span.updateName(name);
        span.setAttributes(attributes);
        if (isFailed) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      },
    };
  }

  async run<T>(details: SpanDetails, work: () => Promise<T>): Promise<T> {
    const parent = this.parentOf(details);
    if (parent === null) return work();
    const span = this.open(details, parent);
    // What is stored belongs to what led here, not to the step in which it is stored: steps are told side by side.
    const traceparent = details.traceparent ?? this.underWay.getStore()!.traceparent;
    try {
      return await this.underWay.run({ span, traceparent }, work);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'failed' });
      throw error;
    } finally {
      span.end();
    }
  }

  note(details: SpanDetails, begunMs: number, endedMs: number): void {
    const parent = this.parentOf(details);
    if (parent !== null) this.open(details, parent, begunMs).end(endedMs);
  }

  traceparent(): string | undefined {
    return this.underWay.getStore()?.traceparent;
  }

  async stop(): Promise<void> {
    await this.provider.shutdown().catch(() => undefined);
  }

  private open(
    { name, kind = 'internal', attributes }: SpanDetails,
    parent: Context,
    startTime?: number,
  ): Span {
    return this.tracer.startSpan(name, { kind: KIND[kind], attributes, startTime }, parent);
  }

  /** Null where nothing led here. */
  private parentOf({ traceparent }: SpanDetails): Context | null {
    const told = parseTraceparent(traceparent);
    if (told !== null) {
      const { traceId, spanId, isSampled } = told;
      return trace.setSpanContext(ROOT_CONTEXT, {
        traceId,
        spanId,
        traceFlags: isSampled ? 1 : 0,
        isRemote: true,
      });
    }
    const now = this.underWay.getStore();
    return now === undefined ? null : trace.setSpan(ROOT_CONTEXT, now.span);
  }
}

/** Traces are called as the requests are that begin them, in logs and events as well. */
class ChosenIds implements IdGenerator {
  /** The id of the trace that begins next. */
  next: string | undefined;
  private readonly random = new RandomIdGenerator();

  generateTraceId(): string {
    const chosen = this.next ?? this.random.generateTraceId();
    this.next = undefined;
    return chosen;
  }

  generateSpanId(): string {
    return this.random.generateSpanId();
  }
}

/** Says now and then that spans are lost. */
class TellingExporter implements SpanExporter {
  private saidAt = -Infinity;

  constructor(
    private readonly inner: SpanExporter,
    private readonly log: Logger,
  ) {}

  export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    this.inner.export(spans, (result) => {
      if (result.code !== 0 && performance.now() - this.saidAt > SAID_EVERY_MS) {
        this.saidAt = performance.now();
        this.log.warn(
          { reason: reasonOf(result.error), spans: spans.length },
          'spans could not be handed to the collector',
        );
      }
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.inner.shutdown();
  }
}

function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
