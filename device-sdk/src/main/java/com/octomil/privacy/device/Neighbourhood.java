package com.octomil.privacy.device;

import com.octomil.privacy.device.transport.Advert;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.secagg.GraphParameters;
import java.util.BitSet;
import java.util.SortedMap;

/**
 * A roster that has been checked, as far as a device sees it.
 *
 * @param graph cohort, degree, threshold and number of groups
 * @param root Merkle root of the roster
 * @param ownIndex place of the device
 * @param neighbours adverts by roster index
 * @param group roster indices of all devices in the group of this one, itself included
 */
record Neighbourhood(
    GraphParameters graph,
    Bytes root,
    int ownIndex,
    SortedMap<Integer, Advert> neighbours,
    BitSet group) {}
