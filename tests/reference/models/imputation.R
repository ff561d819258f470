# Rubin's rules on stored analyses of imputed data, and complete cases; writes imputation.json and
# data/survey_analyses.csv (the analyses, so that the rules are compared and not the draws).
# Rscript tests/reference/models/imputation.R tests/reference/models
suppressPackageStartupMessages({library(jsonlite); library(mice)})
folder <- commandArgs(trailingOnly = TRUE)[1]
RNGversion("4.2.0")
d <- read.csv(file.path(folder, "data", "survey_simulated.csv"))
items <- d[c("pressure", "conflict", "imbalance", "age", "item_1", "item_2")]
imp <- mice(items, m = 20, maxit = 10, method = "pmm", seed = 77, printFlag = FALSE)
fits <- with(imp, lm(imbalance ~ item_2 + pressure + age))
analyses <- do.call(rbind, lapply(seq_along(fits$analyses), function(i) {
  s <- coef(summary(fits$analyses[[i]])); data.frame(imputation = i, term = rownames(s), value = s[, 1], se = s[, 2]) }))
write.csv(format(analyses, digits = 17), file.path(folder, "data", "survey_analyses.csv"), row.names = FALSE, quote = FALSE)
pooled <- pool(fits)$pooled
scalar <- function(dfcom) { p <- lapply(split(analyses, analyses$term), function(s)
    pool.scalar(s$value, s$se^2, n = dfcom + 1, k = 1)); sapply(p, function(q) c(q$df, q$fmi)) }
few <- scalar(59)
complete <- coef(summary(lm(imbalance ~ item_2 + pressure + age, d)))
version <- function(p) as.character(packageVersion(p))
write_json(list(
  r = R.version.string, packages = list(mice = version("mice")),
  terms = as.character(pooled$term), df_complete = df.residual(fits$analyses[[1]]),
  value = pooled$estimate, se = sqrt(pooled$t), within = pooled$ubar, between = pooled$b, df = pooled$df,
  riv = pooled$riv, lambda = pooled$lambda, fmi = pooled$fmi,
  clustered = list(terms = colnames(few), df = unname(few[1, ]), fmi = unname(few[2, ])),
  complete = list(value = unname(complete[, 1]), se = unname(complete[, 2])), missing = sum(is.na(d$item_2))
), file.path(folder, "imputation.json"), auto_unbox = TRUE, digits = 15, pretty = TRUE)
