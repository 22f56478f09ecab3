-- A refund that is not over has its claim on its household's prepayment from its proposal on: those proposed before get theirs.
UPDATE "PayRefund" SET "prepaidFen" = coalesce((SELECT min(o."prepaidFen", "PayRefund"."refundFen") FROM "PayOrder" o WHERE o."outTradeNo" = "PayRefund"."outTradeNo"), 0)
WHERE "suspenseId" IS NULL AND "state" IN ('draft', 'approved', 'processing', 'abnormal');
