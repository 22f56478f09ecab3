-- CreateTable
CREATE TABLE "EstatePayment" (
    "gatewayId" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "seq" BIGINT NOT NULL,
    "paymentId" TEXT NOT NULL,
    "takenId" TEXT,
    "estateId" TEXT NOT NULL,
    "deviceId" TEXT NOT NULL,
    "number" BIGINT NOT NULL,
    "way" TEXT NOT NULL,
    "fen" BIGINT NOT NULL,
    "householdNo" TEXT NOT NULL,
    "householdId" TEXT,
    "billId" TEXT,
    "outTradeNo" TEXT,
    "pos" TEXT,
    "takenAtMs" BIGINT NOT NULL,
    "bizDate" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "parts" TEXT NOT NULL DEFAULT '[]',
    "prepaidFen" BIGINT NOT NULL DEFAULT 0,
    "receivedAtMs" BIGINT NOT NULL,

    PRIMARY KEY ("gatewayId", "epoch", "seq")
);

-- CreateTable
CREATE TABLE "EstateClose" (
    "gatewayId" TEXT NOT NULL,
    "bizDate" TEXT NOT NULL,
    "estateId" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "seq" BIGINT NOT NULL,
    "ways" TEXT NOT NULL,
    "tills" TEXT NOT NULL,
    "cause" TEXT NOT NULL,
    "operatorRef" TEXT,
    "closedAtMs" BIGINT NOT NULL,

    PRIMARY KEY ("gatewayId", "bizDate")
);

-- CreateTable
CREATE TABLE "TillOrder" (
    "outTradeNo" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "gatewayId" TEXT NOT NULL,
    "deviceId" TEXT NOT NULL,
    "shownAtMs" BIGINT NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "EstatePayment_takenId_key" ON "EstatePayment"("takenId");

-- CreateIndex
CREATE INDEX "EstatePayment_estateId_bizDate_idx" ON "EstatePayment"("estateId", "bizDate");

-- CreateIndex
CREATE INDEX "EstatePayment_householdId_takenAtMs_idx" ON "EstatePayment"("householdId", "takenAtMs");

-- CreateIndex
CREATE INDEX "EstatePayment_outTradeNo_idx" ON "EstatePayment"("outTradeNo");

-- CreateIndex
CREATE INDEX "EstateClose_estateId_bizDate_idx" ON "EstateClose"("estateId", "bizDate");

-- CreateIndex
CREATE INDEX "TillOrder_estateId_shownAtMs_idx" ON "TillOrder"("estateId", "shownAtMs");
