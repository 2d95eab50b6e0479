import type { DescService } from "@bufbuild/protobuf";
import { Health } from "@signalbox/gen/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "@signalbox/gen/grpc/reflection/v1/reflection_pb.ts";
import { mapErrors } from "../layers/map-errors.ts";
import { open, type ServedMethods } from "../rpc/layered.ts";
import { health, type Readiness } from "../wire/health.ts";
import { reflection } from "../wire/reflection.ts";
import { serves } from "./part.ts";

/** What every program answers beside its own services, to anyone: health and reflection. */
export function probes(services: readonly DescService[], ready: Readiness): ServedMethods {
  const names = services.map(({ typeName }) => typeName);
  return open(
    [serves(Health, health(names, ready)), serves(ServerReflection, reflection([...services, Health, ServerReflection]))],
    [mapErrors],
  );
}
