-- CreateTable
CREATE TABLE "GatewayFormerKey" (
    "gatewayId" TEXT NOT NULL,
    "signingPublicKey" TEXT NOT NULL,
    "lastEpoch" INTEGER NOT NULL,
    "retiredAtMs" BIGINT NOT NULL,

    PRIMARY KEY ("gatewayId", "signingPublicKey")
);
