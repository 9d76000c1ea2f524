/** OpenTelemetry for one service: the SDK, with a resource that names the very file that runs. */
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { htlhashOfFile } from '../../commands/package/htlhash.ts';

export interface ServiceIdentity {
  readonly name: string;
  readonly version: string;
  readonly instance: string;
  /** The file that runs; its hash is the build identity. */
  readonly file: string;
}

/** Exporter, endpoint and batching come from the OTEL_* variables of the environment. The caller shuts the SDK down. */
export async function startTelemetry(identity: ServiceIdentity): Promise<NodeSDK> {
  const sdk = new NodeSDK({
    autoDetectResources: false,
    resource: defaultResource().merge(
      resourceFromAttributes({
        'service.name': identity.name,
        'service.version': identity.version,
        'service.instance.id': identity.instance,
        'process.executable.build_id.htlhash': await htlhashOfFile(identity.file),
      }),
    ),
  });
  sdk.start();
  return sdk;
}
