# Item statistics, alpha, omega, and their ordinal versions of bfi (psych) and HolzingerSwineford1939 (lavaan).
# Rscript tests/reference/measures/items_and_reliability.R tests/reference/measures
suppressPackageStartupMessages({library(jsonlite); library(psych); library(lavaan)})
folder <- commandArgs(trailingOnly = TRUE)[1]
write.csv(cbind(bfi[1:900, 1:25], gender = bfi$gender[1:900]), file.path(folder, "data", "bfi.csv"), row.names = FALSE, na = "")
write.csv(HolzingerSwineford1939[c("school", paste0("x", 1:9))], file.path(folder, "data", "holzinger_swineford.csv"), row.names = FALSE)

d <- na.omit(read.csv(file.path(folder, "data", "bfi.csv")))
turned <- c("A1", "C4", "C5", "E1", "E2", "O2", "O5")
d[turned] <- 7 - d[turned]
scales <- list(agree = paste0("A", 1:5), conscientious = paste0("C", 1:5), extravert = paste0("E", 1:5),
               neurotic = paste0("N", 1:5), open = paste0("O", 1:5))
tight <- list(rel.tol = 1e-15, x.tol = 1e-15)
source(file.path(folder, "polish.R"))
omega_of <- function(lambda, theta) sum(lambda)^2 / (sum(lambda)^2 + sum(theta))

# Delta method for alpha without normality, over sums within clusters: gradient by vech(S).
robust_error <- function(x, cluster) {
  x <- scale(as.matrix(x), scale = FALSE); n <- nrow(x); k <- ncol(x)
  S <- crossprod(x) / n; low <- lower.tri(S, diag = TRUE)
  products <- t(apply(x, 1, function(row) tcrossprod(row)[low])) - rep(S[low], each = n)
  total <- sum(S); trace <- sum(diag(S)); weight <- ifelse(row(S) == col(S), 1, 2)[low]
  gradient <- -k / (k - 1) * ((row(S) == col(S))[low] / total - trace * weight / total^2)
  sums <- rowsum(products, cluster); G <- nrow(sums)
  sqrt(G / (G - 1) * sum((sums %*% gradient)^2)) / n
}
one <- function(x) {
  a <- psych::alpha(x, warnings = FALSE); k <- ncol(x)
  model <- paste("f =~", paste0("l", 1:k, "*", names(x), collapse = " + "), "\n",
                 paste0(names(x), " ~~ t", 1:k, "*", names(x), collapse = "\n"), "\n",
                 "omega := (", paste0("l", 1:k, collapse = "+"), ")^2 / ((", paste0("l", 1:k, collapse = "+"), ")^2 + ",
                 paste0("t", 1:k, collapse = "+"), ")")
  fit <- polished(cfa, model, x, std.lv = TRUE)
  omega <- subset(parameterEstimates(fit), lhs == "omega")
  robust <- subset(parameterEstimates(polished(cfa, model, x, std.lv = TRUE, estimator = "MLM")), lhs == "omega")
  R <- lavCor(as.data.frame(lapply(x, ordered)), ordered = names(x), se = "none", output = "cor", control = tight)
  ordinal <- polished(cfa, sub("omega.*", "", model), sample.cov = unclass(R), sample.nobs = nrow(x), std.lv = TRUE)
  e <- lavInspect(ordinal, "est")
  psych_R <- suppressWarnings(polychoric(x, correct = 0)$rho)
  psych_fa <- suppressWarnings(fa(psych_R, 1, fm = "ml"))
  interval <- alpha.ci(a$total$raw_alpha, nrow(x), k, digits = 15)
  list(items = list(mean = unname(colMeans(x)), sd = unname(apply(x, 2, sd)), skew = unname(skew(x, type = 1)),
                    floor = unname(colMeans(x == 1)), ceiling = unname(colMeans(x == 6)),
                    item_rest = a$item.stats$r.drop, alpha_if_dropped = a$alpha.drop$raw_alpha),
       alpha = list(value = a$total$raw_alpha, se = a$total$ase, ci_low = interval$lower.ci, ci_high = interval$upper.ci),
       alpha_clusters = robust_error(x, seq_len(nrow(x)) %% 60),
       omega = list(value = omega$est, se = omega$se), omega_robust = list(value = robust$est, se = robust$se),
       ordinal = list(alpha = k / (k - 1) * (1 - k / sum(R)), omega = omega_of(e$lambda, e$theta)),
       ordinal_psych = list(alpha = psych::alpha(psych_R, warnings = FALSE)$total$raw_alpha,
                            omega = omega_of(psych_fa$loadings[, 1], psych_fa$uniquenesses)))
}
version <- function(p) as.character(packageVersion(p))
write_json(list(r = R.version.string, packages = list(psych = version("psych"), lavaan = version("lavaan")),
                n = nrow(d), scales = lapply(scales, function(s) one(d[s]))),
           file.path(folder, "items_and_reliability.json"), auto_unbox = TRUE, digits = 15, pretty = TRUE)
